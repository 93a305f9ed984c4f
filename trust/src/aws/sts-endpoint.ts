/**
 * Where AWS STS answers for a role: a regional endpoint, as AWS advises, in the partition that the role's ARN names.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
 */

interface Partition {
  readonly suffix: string
  readonly defaultRegion: string
  readonly region: RegExp
}

const PARTITIONS: Readonly<Record<string, Partition>> = {
  aws: {
    suffix: 'amazonaws.com',
    defaultRegion: 'us-east-1',
    region: /^(?:af|ap|ca|eu|il|me|mx|sa|us)-(?!gov-|iso)[a-z]+-\d{1,2}$/,
  },
  'aws-cn': { suffix: 'amazonaws.com.cn', defaultRegion: 'cn-north-1', region: /^cn-[a-z]+-\d{1,2}$/ },
  'aws-us-gov': {
    suffix: 'amazonaws.com',
    defaultRegion: 'us-gov-west-1',
    region: /^us-gov-[a-z]+-\d{1,2}$/,
  },
  'aws-iso': { suffix: 'c2s.ic.gov', defaultRegion: 'us-iso-east-1', region: /^us-iso-[a-z]+-\d{1,2}$/ },
  'aws-iso-b': {
    suffix: 'sc2s.sgov.gov',
    defaultRegion: 'us-isob-east-1',
    region: /^us-isob-[a-z]+-\d{1,2}$/,
  },
}

/**
 * @param partition Of the role's ARN, for example `aws-cn`.
 * @param region AWS_REGION of the deployment; one that is not of the partition does not count.
 * @returns undefined for a partition that is not known here.
 */
export function stsEndpoint(partition: string, region: string | undefined): string | undefined {
  const known = PARTITIONS[partition]
  if (!known) return undefined
  const chosen =
    region && known.region.exec(region)?.[0].length === region.length ? region : known.defaultRegion
  return `https://sts.${chosen}.${known.suffix}/`
}
