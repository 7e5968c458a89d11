import { Step } from '../step';
import { MakeBackup } from './backup';
import { Restore } from './restore';
import { BACKUP, RESTORE } from './strings';
import '../chosen.css';

export function BackupSection() {
  return (
    <>
      <Step title={BACKUP.make}>
        <MakeBackup />
      </Step>
      <Step title={RESTORE.title}>
        <p class="step-note">{RESTORE.sentence}</p>
        <Restore />
      </Step>
    </>
  );
}
