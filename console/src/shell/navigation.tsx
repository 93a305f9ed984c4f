/** The pages of an organization, in the order in which they stand beside every page. */
import { IconStack2 } from '@tabler/icons-react'

export const NAVIGATION = [{ to: '/$organization', label: 'Stacks', icon: IconStack2 }] as const
