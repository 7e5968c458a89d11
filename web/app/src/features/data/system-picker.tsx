import { DATA } from './strings';
import type { DataSystem } from './systems';
import './system-picker.css';

interface SystemPickerProps<S extends DataSystem> {
  /** Of the radio buttons. */
  name: string;
  label: string;
  systems: readonly S[];
  chosen: S['id'] | null;
  /** The line below the title; the files that come in unless told. */
  detail?: (system: S) => string;
  onChoose: (id: S['id']) => void;
}

/** One of the systems, in groups. */
export function SystemPicker<S extends DataSystem>(props: SystemPickerProps<S>) {
  const { name, label, systems, chosen, detail = ({ files }) => files, onChoose } = props;
  const groups = [...new Set(systems.map(({ group }) => group))];
  return (
    <div class="systems" role="radiogroup" aria-label={label}>
      {groups.map((group) => (
        <div key={group} class="system-group" role="group" aria-label={DATA.groups[group]}>
          <p class="system-group-name" aria-hidden="true">
            {DATA.groups[group]}
          </p>
          <div class="system-cells">
            {systems
              .filter((system) => system.group === group)
              .map((system) => (
                <label key={system.id} class="system">
                  <input type="radio" name={name} checked={chosen === system.id} onChange={() => onChoose(system.id)} />
                  <span class="system-title">{system.title}</span>
                  <span class="system-detail">{detail(system)}</span>
                </label>
              ))}
          </div>
        </div>
      ))}
    </div>
  );
}
