/** `cham journal export`: the journal as text for other programs, and on request the program to check it with. */
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { readAnchor } from '../../store/anchor.ts';
import { exportJournal, verifierFile, type ExportFormat } from '../../store/export.ts';
import { errorCode, errorText, journalFiles } from '../../store/files.ts';
import { openJournalReadOnly } from '../../store/reader.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly from: number;
  readonly out: string;
  readonly withVerifier: boolean;
  readonly json: boolean;
}

/** Written at once when so much has been gathered. */
const pieceLength = 1024 * 1024;

export function exportTo(file: string, { format, from, out, withVerifier, json }: ExportOptions): ExitCode {
  const target = path.resolve(out);
  const verifier = path.join(path.dirname(target), 'verify-export.mjs');
  if (existsSync(target)) {
    complain(`--out: ${target} exists; give a file that does not`);
    return exitCodes.usage;
  }
  if (withVerifier && existsSync(verifier) && !readFileSync(verifier).equals(readFileSync(verifierFile))) {
    complain(`--with-verifier: ${verifier} exists and is another file`);
    return exitCodes.usage;
  }
  // Before the journal: a running terminal moves it after the journal, and an older one is as good.
  const anchor = readAnchor(journalFiles(path.dirname(file)).anchor);
  const opened = openJournalReadOnly(file);
  if (!opened.ok) {
    complain(opened.fault.detail);
    return exitCodes.refused;
  }
  const reader = opened.value;
  try {
    const report = writeNew(target, (write) =>
      exportJournal(reader, { format, from, anchors: anchor.ok ? anchor.value : [] }, write),
    );
    if (withVerifier) copyFileSync(verifierFile, verifier);
    if (json) sayJson({ file: target, format, ...report, ...(withVerifier && { verifier }) });
    else {
      say(`${target}\n${report.rows} rows; last row ${report.head.sequence} ${report.head.hash}`);
      if (!anchor.ok) say(`without an anchor: ${anchor.fault.detail}`);
      if (withVerifier) say(`check it with: node ${verifier} ${target} <terminal.pub>`);
    }
    return exitCodes.ok;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    complain(`${target} could not be written: ${errorText(error)}. Nothing was left there.`);
    return exitCodes.found;
  } finally {
    reader.close();
  }
}

/** A whole new file, readable by its owner only, or none. */
function writeNew<T>(target: string, work: (write: (text: string) => void) => T): T {
  const handle = openSync(target, 'wx', 0o600);
  let gathered = '';
  const flush = (): void => {
    const bytes = Buffer.from(gathered);
    for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written);
    gathered = '';
  };
  try {
    const result = work((text) => {
      gathered += text;
      if (gathered.length >= pieceLength) flush();
    });
    flush();
    fsyncSync(handle);
    return result;
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}
