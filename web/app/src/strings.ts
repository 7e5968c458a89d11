/** Texts of the frame around the features. */
export const FRAME = {
  name: 'Archivolt',
  home: 'Archivolt, to the search',
  skip: 'Skip to the results',
  navLabel: 'Pages',
  search: 'Search',
  documents: 'Documents',
  data: 'Data',
  dataTitle: 'Import, export, backup and storage',
} as const;
