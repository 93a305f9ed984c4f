/**
 * The scripts that shells load. Each hands the words of the line to `daypass __complete`, and shows what comes back:
 * a suggestion a line, with a tab before what it means, and last `:none`, `:file` or `:folder`.
 */

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Works in bash 3.2 too, which macOS has. */
const BASH = `# bash completion of daypass
_daypass() {
  local rest=$COMP_LINE raw lead line value prefix answer i count=0
  local -a given=()
  COMPREPLY=()
  # Bash breaks words at "=", ":" and "@" too. What stands together is one word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    raw=\${COMP_WORDS[i]}
    lead=\${rest%%[![:space:]]*}
    rest=\${rest#"$lead"}
    if ((i > 0)) && { [[ -n $lead ]] || ((count == 0)); }; then
      given[count++]=$raw
    elif ((i > 0)); then
      given[count - 1]+=$raw
    fi
    rest=\${rest#"$raw"}
  done
  # Right behind one of them, nothing is written yet of what is completed.
  [[ $raw == [=:@] ]] && raw=
  prefix=\${given[count - 1]}
  prefix=\${prefix%"$raw"}
  answer=$("\${COMP_WORDS[0]}" __complete -- "\${given[@]}" 2>/dev/null) || return 0
  while IFS= read -r line; do
    case $line in
      :none) ;;
      :file | :folder)
        compopt -o filenames 2>/dev/null
        i=-f
        [[ $line == :folder ]] && i=-d
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen "$i" -- "$raw")
        ;;
      *)
        value=\${line%%$'\\t'*}
        printf -v value %q "\${value#"$prefix"}"
        COMPREPLY+=("$value")
        ;;
    esac
  done <<<"$answer"
}
complete -F _daypass daypass
`

const ZSH = `#compdef daypass
# zsh completion of daypass
_daypass() {
  local line value about
  local -a given lines described
  given=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  lines=("\${(@f)$(\${~\${(Q)words[1]}} __complete -- "\${(@)given}" 2>/dev/null)}")
  for line in "\${(@)lines}"; do
    case $line in
      (:none) ;;
      (:file) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
      (:folder) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
      (?*)
        value=\${line%%$'\\t'*}
        about=\${line#*$'\\t'}
        described+=("\${value//:/\\\\:}:$about")
        ;;
    esac
  done
  (( $#described )) && _describe -V daypass described
}
if [[ $funcstack[1] == _daypass ]]; then _daypass "$@"; else compdef _daypass daypass; fi
`

const FISH = `# fish completion of daypass
function __daypass_complete
    set -l given (commandline -opc)
    set -l program $given[1]
    set -e given[1]
    set -l current (commandline -ct)
    for line in ($program __complete -- $given $current 2>/dev/null)
        switch $line
            case ':none'
            case ':file'
                __fish_complete_path $current
            case ':folder'
                __fish_complete_directories $current
            case '*'
                echo $line
        end
    end
end
complete -c daypass -f -a '(__daypass_complete)'
`

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
