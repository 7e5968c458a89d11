/** The languages whose grammar is known, by what files and fences call them. Small: the grammars themselves are loaded when one is needed. */

export type Language = 'javascript' | 'typescript' | 'tsx' | 'cpp' | 'python' | 'java' | 'rust' | 'go' | 'php';

const NAMES: Record<Language, string> = {
  javascript: 'js mjs cjs jsx javascript',
  typescript: 'ts mts cts typescript',
  tsx: 'tsx',
  cpp: 'c h cc cpp cxx c++ hh hpp hxx',
  python: 'py pyi python python3',
  java: 'java',
  rust: 'rs rust',
  go: 'go golang',
  php: 'php phtml',
};
const BY_NAME = new Map(
  (Object.keys(NAMES) as Language[]).flatMap((language) =>
    NAMES[language].split(' ').map((name) => [name, language] as const),
  ),
);

/** Of a fence's first word, a file's extension without its dot, or the last part of a content type. */
export function languageNamed(name: string): Language | undefined {
  return BY_NAME.get(name.toLowerCase());
}
