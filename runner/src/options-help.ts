export const HELP = `Runs Pulumi deployments that a Daypass server hands out, each in a sandbox of its own.

Usage: daypass runner --server <url> --pool-token-file <file> [options]

  --server <url>             Base URL of the server; https, or http on this machine only
  --server-socket <path>     Reach that server through this Unix socket instead of its port
  --pool-token-file <file>   Holds the pool token, on one line
  --pool-token-fd <number>   The pool token is read from this open descriptor instead
  --oidc-token-file <file>   There is no stored pool token: the ID token in this file, which something else keeps
                             fresh, is exchanged for one again and again; with --org and --pool
  --org <organization>       The organization that has registered the issuer of that token
  --pool <name or id>        The pool of that organization to work for
  --name <name>              How the runner is called in logs (default: this machine's name)
  --jobs <number>            How many deployments at once (default 1)
  --launcher <kind>          auto (default), bubblewrap, unshare, docker, or plain (no isolation)
  --pulumi <path>            The pulumi binary or its folder (default: DAYPASS_PULUMI, then PATH)
  --work-folder <folder>     Where jobs live while they run (default: in memory if there is room)
  --drain-seconds <number>   How long running jobs may go on when the runner is told to stop (default 0:
                             they are asked to stop at once, and save their state)
  --grace-seconds <number>   How long pulumi may take to save its state when a deployment is cancelled
                             (default 30)
  --git-timeout-seconds <n>  How long fetching a repository may take (default 300)
  --ssh-known-hosts <file>   Host keys of Git servers (OpenSSH's known_hosts); a server whose key is not in it is
                             refused (default: any key is accepted)
  --allow-insecure-git       Takes http, local paths and private addresses as sources
  --aws-sts-url <url>        Exchanges tokens there instead of at AWS's own endpoint
  --azure-authority-url <url>
                             The same for Entra; its programs are told so too
  --google-sts-url <url>     The same for Google's Security Token Service
  --google-iam-url <url>     The same for Google's iamcredentials API
  --forward-env <name>       Gives jobs this variable of the runner's environment; may be repeated
                             (HTTPS_PROXY, HTTP_PROXY and NO_PROXY are always given, and used by the runner)
  --ca-file <file>           Certificates (PEM) that the runner and its jobs trust beside the public ones
                             (default: NODE_EXTRA_CA_CERTS)

  --cache-folder <folder>    Keeps what stacks with a cache downloaded here, for this pool's next deployments
  --cache-megabytes <number> How much of it, the least recently used going first (default 5120)

  --job-processes <number>   How many processes and threads a job may have at once (default: no limit; in a
                             container 4096). Outside of a container it needs a runner that is root
  --job-memory-megabytes <n> Memory of a job in a container (default 4096)
  --job-cpus <number>        Processors of a job in a container, such as 1.5 (default 2)

  --docker <path>            The docker program, for stacks that name an executor image (default: where a system
                             keeps programs)
  --docker-image <image>     Of jobs that name none, with --launcher docker (default pulumi/pulumi:latest)
  --docker-network <name>    Network of containers: bridge (default), host, or one that exists
  --docker-pull <when>       always (default), missing, or never: missing and never let every stack use every
                             image that is already on the machine
  --docker-pull-timeout-seconds <n>
                             How long pulling an image may take (default 600)
  --ignore-executor-images   Runs stacks that name an image with the programs of this machine
  --help                     Shows this
`
