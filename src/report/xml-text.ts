// Text as XML has it, between tags and in attributes. Pure.

/** Characters that XML 1.0 has no place for are escaped before they come here. */
export function xmlEscaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
