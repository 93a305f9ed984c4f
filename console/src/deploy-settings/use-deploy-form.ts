/** The form of the page, which its sections share. */
import { createFormContext } from '@mantine/form'
import type { DeployForm } from './form.ts'

export const [DeployFormProvider, useDeployForm, useForm] = createFormContext<DeployForm>()
