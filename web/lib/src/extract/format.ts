/** Which reader and which chunker a document gets: by its content type where that says something, else by its name. */

/** How the core splits a text. */
export type TextFormat = 'markdown' | 'plain' | 'code' | 'json' | 'table';
export type SourceFormat = TextFormat | 'html';

const EXTENSIONS: Record<SourceFormat, string> = {
  html: 'html htm xhtml xht',
  markdown: 'md markdown mdown mkd mkdn mdx',
  json: 'json geojson ipynb webmanifest topojson har jsonld jsonl ndjson',
  table: 'csv tsv',
  plain: 'txt text log rst adoc asciidoc org tex srt vtt eml ini cfg conf properties',
  code:
    'c h cc cpp cxx hh hpp hxx m mm cs java kt kts scala groovy gradle go rs swift zig d nim js mjs cjs jsx ts mts cts tsx vue svelte astro ' +
    'py pyi rb php pl pm lua r jl ex exs erl hrl hs elm clj cljs cljc ml mli fs fsx vb pas dart sh bash zsh fish ps1 bat cmd sql graphql gql ' +
    'proto thrift css scss sass less xml xsl xsd svg wsdl yaml yml toml tf hcl nix cmake mk make dockerfile puml plantuml mmd dot jsonc json5 ' +
    'asm s v sv vhd vhdl diff patch',
};
const BY_EXTENSION = new Map(
  (Object.keys(EXTENSIONS) as SourceFormat[]).flatMap((format) =>
    EXTENSIONS[format].split(' ').map((extension) => [extension, format] as const),
  ),
);
const CODE_NAMES =
  /^(dockerfile|containerfile|makefile|gnumakefile|cmakelists\.txt|rakefile|gemfile|vagrantfile|jenkinsfile|procfile|build|workspace)$/i;

const BY_TYPE: Record<string, SourceFormat> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'application/json': 'json',
  'text/csv': 'table',
  'text/tab-separated-values': 'table',
  'application/javascript': 'code',
  'text/javascript': 'code',
  'text/css': 'code',
  'text/xml': 'code',
  'application/xml': 'code',
  'application/x-sh': 'code',
  'application/sql': 'code',
};

/** `contentType` may carry parameters; "text/plain" and "application/octet-stream" say nothing about Markdown or code, so the name decides. */
export function formatOf(filename: string, contentType: string | undefined, text: string): SourceFormat {
  const type = mimeType(contentType);
  const typed = BY_TYPE[type] ?? (type.endsWith('+json') ? 'json' : type.startsWith('text/x-') ? 'code' : undefined);
  if (typed !== undefined) return typed;
  if (CODE_NAMES.test(baseName(filename))) return 'code';
  const named = BY_EXTENSION.get(extensionOf(filename));
  if (named !== undefined) return named;
  return /^\s*(<!doctype html|<html[\s>])/i.test(text.slice(0, 512)) ? 'html' : 'plain';
}

/** "md" of "docs/Guide.MD"; '' of ".gitignore" and of names without a dot. */
export function extensionOf(filename: string): string {
  const name = baseName(filename);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

function baseName(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
}

/** "text/html" of "Text/HTML; charset=utf-8"; '' when there is none. */
export function mimeType(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** "iso-8859-1" of "text/html; charset=ISO-8859-1". */
export function declaredCharset(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase();
}
