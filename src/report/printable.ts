/** The text without control characters, since names in a model must not control the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`;
  });
}
