export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The scripts ask `pitlane __complete` for what may stand at the cursor. It answers as programs made with cobra do, since
 * kubectl asks its plugins so: a line for each word, with a tab before its description, and then `:4`, or `:0` for files.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash completion of pitlane: source <(pitlane completion bash)
_pitlane() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) ;;
      :*) compopt +o default 2>/dev/null ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(pitlane __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _pitlane pitlane
`,
  zsh: `#compdef pitlane
# zsh completion of pitlane: source <(pitlane completion zsh), after compinit
_pitlane() {
  local -a lines described
  local line text
  lines=("\${(@f)$(pitlane __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${lines[-1]} == :0 ]]; then
    _files
    return
  fi
  for line in "\${(@)lines[1,-2]}"; do
    text="\${\${line%%$'\\t'*}//:/\\\\:}"
    if [[ $line == *$'\\t'* ]]; then described+=("$text:\${line#*$'\\t'}"); else described+=("$text"); fi
  done
  _describe -V pitlane described
}
if [[ \${funcstack[1]} == _pitlane ]]; then _pitlane "$@"; else compdef _pitlane pitlane; fi
`,
  fish: `# fish completion of pitlane: pitlane completion fish | source
function __pitlane_complete
  set -l typed (commandline -opc)
  set -l lines (pitlane __complete $typed[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $lines) -gt 0; and test "$lines[-1]" = :0
    __fish_complete_path (commandline -ct)
    return
  end
  for line in $lines
    string match -qr '^:\\d+$' -- $line; or echo $line
  end
end
complete -c pitlane -f -a '(__pitlane_complete)'
`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
