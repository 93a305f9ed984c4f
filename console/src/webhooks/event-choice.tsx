/** Which events a webhook hears of: all, whole groups, or single ones. */
import { Checkbox, Fieldset, Radio, SimpleGrid, Stack } from '@mantine/core'
import { type EventGroup, eventWords } from './event-names.ts'

export interface ChosenEvents {
  readonly isEverything: boolean
  readonly filters: readonly string[]
  readonly groups: readonly string[]
}

interface Props {
  readonly offered: readonly EventGroup[]
  readonly chosen: ChosenEvents
  readonly onChange: (chosen: ChosenEvents) => void
}

export function EventChoice({ offered, chosen, onChange }: Props) {
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Events"
        value={chosen.isEverything ? 'everything' : 'some'}
        onChange={(value) => onChange({ ...chosen, isEverything: value === 'everything' })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="everything" label="Everything, also events that are added later" />
          <Radio value="some" label="Only what is chosen" />
        </Stack>
      </Radio.Group>
      {!chosen.isEverything &&
        offered.map((group) => (
          <GroupChoice key={group.group} group={group} chosen={chosen} onChange={onChange} />
        ))}
    </Stack>
  )
}

interface GroupProps extends Omit<Props, 'offered'> {
  readonly group: EventGroup
}

function GroupChoice({ group: { group, says, filters }, chosen, onChange }: GroupProps) {
  const isWhole = chosen.groups.includes(group)
  const toggled = (words: readonly string[], word: string) =>
    words.includes(word) ? words.filter((one) => one !== word) : [...words, word]
  return (
    <Fieldset legend={says}>
      <Checkbox
        label="All of these, also those added later"
        checked={isWhole}
        onChange={() => onChange({ ...chosen, groups: toggled(chosen.groups, group) })}
        mb="sm"
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
        {filters.map((name) => (
          <Checkbox
            key={name}
            label={eventWords(name)}
            checked={isWhole || chosen.filters.includes(name)}
            disabled={isWhole}
            onChange={() => onChange({ ...chosen, filters: toggled(chosen.filters, name) })}
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  )
}
