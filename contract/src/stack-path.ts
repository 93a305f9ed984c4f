/** Where everything of one stack lives, in the form of a route; its names are the parameters. */
export const STACK_PATH = '/api/stacks/:organization/:project/:stack'
