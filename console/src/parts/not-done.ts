import { notifications } from '@mantine/notifications'

/** What a person sees when a button's act was refused, where no form stands to say it: for `onError`. */
export function sayNotDone({ message }: Error): void {
  notifications.show({ title: 'Not done', message, color: 'red' })
}
