import { useEffect, useRef } from 'preact/hooks';
import { FileIcon, FolderIcon } from '../../shapes/icons';
import { importing, importPicked } from './import';
import { DOCUMENTS } from './strings';

/** The two pickers. `prominent` is for the empty page, where they are the one thing to do. */
export function AddButtons({ prominent = false }: { prominent?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Supported by every browser, known to the DOM types, missing in the types of the elements' attributes.
    if (folder.current) folder.current.webkitdirectory = true;
  }, []);
  const take = (input: HTMLInputElement) => {
    if (input.files) importPicked(input.files);
    // Emptied so that the same folder can be picked again after it changed.
    input.value = '';
  };
  return (
    <div class="add-buttons">
      <button
        class={prominent ? 'button button-primary' : 'button'}
        type="button"
        disabled={importing.value}
        onClick={() => folder.current?.click()}
      >
        <FolderIcon />
        {DOCUMENTS.chooseFolder}
      </button>
      <button class="button" type="button" disabled={importing.value} onClick={() => files.current?.click()}>
        <FileIcon />
        {DOCUMENTS.chooseFiles}
      </button>
      <input ref={files} hidden type="file" multiple onChange={(event) => take(event.currentTarget)} />
      <input ref={folder} hidden type="file" multiple onChange={(event) => take(event.currentTarget)} />
    </div>
  );
}
