import { useEffect, useRef } from 'preact/hooks';
import { formatBytes, splitPath } from '../../../format';
import { FileIcon, FolderIcon } from '../../../shapes/icons';
import { dropTaker } from '../../documents/drop-target';
import { working } from '../job';
import { chooseDropped, choosePicked, clearFiles, files } from './state';
import { DATA_IMPORT } from './strings';
import '../chosen.css';

/** Files that are listed; more are counted. */
const LISTED = 6;

/** The pickers, then what was picked. While this is on the page, what is dropped on the window is for it. */
export function ImportFiles() {
  const chosen = files.value;
  useEffect(() => {
    const taker = {
      title: DATA_IMPORT.dropHere,
      detail: DATA_IMPORT.dropDetail,
      busy: () => working.peek(),
      take: (transfer: DataTransfer) => void chooseDropped(transfer),
    };
    dropTaker.value = taker;
    return () => {
      if (dropTaker.peek() === taker) dropTaker.value = null;
    };
  }, []);
  return chosen.length === 0 ? <Pickers /> : <Chosen />;
}

function Pickers() {
  const single = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (folder.current) folder.current.webkitdirectory = true;
  }, []);
  const take = (input: HTMLInputElement) => {
    if (input.files) choosePicked(input.files);
    input.value = '';
  };
  return (
    <>
      <div class="add-buttons">
        <button class="button" type="button" onClick={() => single.current?.click()}>
          <FileIcon />
          {DATA_IMPORT.chooseFiles}
        </button>
        <button class="button" type="button" onClick={() => folder.current?.click()}>
          <FolderIcon />
          {DATA_IMPORT.chooseFolder}
        </button>
        <input ref={single} hidden type="file" multiple onChange={(event) => take(event.currentTarget)} />
        <input ref={folder} hidden type="file" multiple onChange={(event) => take(event.currentTarget)} />
      </div>
      <p class="step-note">{DATA_IMPORT.filesDetail}</p>
    </>
  );
}

function Chosen() {
  const chosen = files.value;
  const rest = chosen.length - LISTED;
  const bytes = chosen.reduce((sum, { file }) => sum + file.size, 0);
  return (
    <div class="chosen">
      <ul class="chosen-list" aria-label={DATA_IMPORT.chosenLabel}>
        {chosen.slice(0, LISTED).map(({ path, file }) => {
          const [inside, name] = splitPath(path);
          return (
            <li key={path} class="chosen-file">
              <span class="chosen-name" title={path}>
                {inside !== '' && <span class="chosen-folder">{inside}</span>}
                {name}
              </span>
              <span class="chosen-size">{formatBytes(file.size)}</span>
            </li>
          );
        })}
        {rest > 0 && <li class="chosen-file chosen-rest">{DATA_IMPORT.more(rest)}</li>}
      </ul>
      <p class="chosen-foot">
        <span>{DATA_IMPORT.chosen(chosen.length, bytes)}</span>
        <button class="text-button" type="button" disabled={working.value} onClick={clearFiles}>
          {DATA_IMPORT.clear}
        </button>
      </p>
    </div>
  );
}
