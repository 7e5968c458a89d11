import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../../../shapes/dialog';
import { editing, saveEdited } from './state';
import { QUALITY } from './strings';

/** Changes a question, its right answers and the answer in words. */
export function EditDialog() {
  const query = editing.value;
  const [question, setQuestion] = useState('');
  const [sources, setSources] = useState('');
  const [answer, setAnswer] = useState('');
  useEffect(() => {
    if (!query) return;
    setQuestion(query.question);
    setSources(query.sources.join('\n'));
    setAnswer(query.answer ?? '');
  }, [query]);
  const named = sources.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const close = () => (editing.value = null);
  return (
    <Dialog open={query !== null} title={QUALITY.editTitle} onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void saveEdited({ question: question.trim(), sources: named, answer });
        }}
      >
        <label class="edit-field">
          <span class="choice-name">{QUALITY.questionLabel}</span>
          <input
            class="field"
            type="text"
            value={question}
            maxLength={10_000}
            onInput={(event) => setQuestion(event.currentTarget.value)}
          />
        </label>
        <label class="edit-field">
          <span class="choice-name">{QUALITY.sourcesLabel}</span>
          <textarea
            class="field edit-lines"
            rows={4}
            value={sources}
            onInput={(event) => setSources(event.currentTarget.value)}
          />
          <span class="check-detail">{QUALITY.sourcesDetail}</span>
        </label>
        <label class="edit-field">
          <span class="choice-name">{QUALITY.answerLabel}</span>
          <textarea
            class="field edit-lines"
            rows={3}
            value={answer}
            onInput={(event) => setAnswer(event.currentTarget.value)}
          />
        </label>
        <p class="dialog-actions">
          <button class="button" type="button" onClick={close}>
            {QUALITY.cancel}
          </button>
          <button class="button button-primary" type="submit" disabled={question.trim() === '' || named.length === 0}>
            {QUALITY.saveEdit}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
