// Archivolt as a system that answers questions with sections: the corpus comes in as its pages, by the package's own ingest, and a
// hit counts for the section that its passage starts in.
import { openWorkspace } from '../../dist/node.js';

/** As many sections as any measure looks at, from as many passages as that may take. */
const SECTIONS = 10;
const PASSAGES = 50;
const AT_ONCE = 64;

/** Pages as Markdown documents, with where each section begins in them (UTF-16 units, as offsets of passages are). */
export function pagesOf(sections) {
  const pages = new Map();
  for (const section of sections) {
    const filename = section.id.slice(0, section.id.indexOf('#'));
    const page = pages.get(filename) ?? { filename: `${filename}.md`, content: `# ${section.page}\n`, sections: [] };
    pages.set(filename, page);
    // The title goes with the first section.
    page.sections.push({ id: section.id, start: page.sections.length === 0 ? 0 : page.content.length });
    const heading = section.title === '' || section.title === section.page ? '' : `## ${section.title}\n\n`;
    page.content += `\n${heading}${section.text.replaceAll('\n', '\n\n')}\n`;
  }
  return [...pages.values()];
}

/**
 * @param {import('./corpus.mjs').Section[]} sections
 * @param {(done: number, of: number) => void} [onProgress] documents
 */
export async function openSystem(sections, onProgress = () => undefined) {
  const workspace = await openWorkspace({ name: 'eval', storage: 'memory' });
  const pages = pagesOf(sections);
  const byDocument = new Map();
  for (let first = 0; first < pages.length; first += AT_ONCE) {
    const some = pages.slice(first, first + AT_ONCE);
    const { documents } = await workspace.documents.ingest(
      some.map(({ filename, content }) => ({ filename, content })),
    );
    for (const [index, { id, status, error }] of documents.entries()) {
      if (status !== 'indexed') throw new Error(`${some[index].filename}: ${status} ${error?.message ?? ''}`);
      byDocument.set(id, some[index].sections);
    }
    onProgress(first + some.length, pages.length);
  }
  const sectionOf = ({ documentId, start }) => byDocument.get(documentId).findLast((one) => one.start <= start).id;
  return {
    workspace,
    sectionOf,
    /** @returns {Promise<string[]>} ids of sections, best first, each once */
    async answer(question, options) {
      const { hits } = await workspace.search(question, { kinds: ['documents'], limit: PASSAGES, ...options });
      return [...new Set(hits.map(sectionOf))].slice(0, SECTIONS);
    },
    close: () => workspace.close(),
  };
}
