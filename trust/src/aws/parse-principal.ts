/** Reads the `Principal` element: whom a statement speaks of. */

import { memberPath } from '../json.ts'
import { parseProviderArn } from './arn.ts'
import type { Fail } from './parse.ts'
import type { AwsPrincipal } from './policy.ts'

const SAML_PROVIDER = /^arn:aws[a-z-]*:iam::[0-9]{12}:saml-provider\/[\w.-]{1,128}$/
const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
const AWS_ACCOUNT_OR_ARN =
  /^(?:[0-9]{12}|arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:(?:root|(?:user|role|assumed-role|federated-user)\/[!-~]+)|A[A-Z0-9]{15,127})$/

export function parsePrincipals(written: unknown, path: string, fail: Fail): readonly AwsPrincipal[] {
  if (written === '*') return [{ kind: 'everyone', text: '*' }]
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    return fail(
      'policy_wrong_principal',
      path,
      'The Principal must be an object such as {"Federated": "arn:aws:iam::…:oidc-provider/…"}, or "*".',
    )
  }
  const principals = Object.entries(written).flatMap(([type, texts]) => {
    const at = memberPath(path, type)
    return listOf(texts, at, fail).map((text) => principalOf(type, text, at, fail))
  })
  return principals.length > 0
    ? principals
    : fail('policy_wrong_principal', path, 'The Principal names nobody.')
}

function principalOf(type: string, text: string, path: string, fail: Fail): AwsPrincipal {
  switch (type) {
    case 'Federated':
      return federated(text, path, fail)
    case 'AWS':
      if (text === '*') return { kind: 'everyone', text }
      if (AWS_ACCOUNT_OR_ARN.test(text)) return { kind: 'account', text }
      return fail('policy_wrong_principal', path, `${JSON.stringify(text)} is no AWS account, user or role.`)
    case 'Service':
      if (DOMAIN.test(text)) return { kind: 'service', text }
      return fail(
        'policy_wrong_principal',
        path,
        `${JSON.stringify(text)} is no service such as ec2.amazonaws.com.`,
      )
    case 'CanonicalUser':
      if (/^[0-9a-f]{64}$/.test(text)) return { kind: 'canonical-user', text }
      return fail('policy_wrong_principal', path, `${JSON.stringify(text)} is no canonical user id.`)
    default:
      return fail(
        'policy_wrong_principal',
        path,
        `${JSON.stringify(type)} is no kind of principal; an OIDC provider stands under "Federated".`,
      )
  }
}

function federated(text: string, path: string, fail: Fail): AwsPrincipal {
  if (/[*?]/.test(text)) {
    return fail(
      'policy_wrong_principal',
      path,
      'A federated principal may have no wildcard; write the whole ARN.',
    )
  }
  if (parseProviderArn(text)) return { kind: 'oidc-provider', text }
  if (SAML_PROVIDER.test(text) || DOMAIN.test(text)) return { kind: 'other-federation', text }
  return fail(
    'policy_wrong_principal',
    path,
    `${JSON.stringify(text)} is no federated principal; write arn:aws:iam::<12-digit account>:oidc-provider/<issuer without https://>.`,
  )
}

function listOf(texts: unknown, path: string, fail: Fail): readonly string[] {
  const list = Array.isArray(texts) ? texts : [texts]
  return list.map((text: unknown, index) => {
    if (typeof text === 'string') return text
    const at = Array.isArray(texts) ? `${path}[${index}]` : path
    return fail('policy_wrong_type', at, `${at} must be a string.`)
  })
}
