/** Texts of shapes that several features use. */
export const CONFIRMATION = {
  word: 'delete',
  type: (word: string) => `Type “${word}” to go on. There is no way back without a backup.`,
  cancel: 'Cancel',
  confirm: 'Delete everything',
} as const;
