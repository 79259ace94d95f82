/**
 * Loads the EMV data: who the terminal is, which applications it takes, CA public keys, revoked certificates. Built-in
 * files (config/emv), each of which a file of the same name in the acquirer's folder replaces.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type * as z from 'zod';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { CaPublicKey, TerminalApplication, TerminalEmvData } from '../../core/emv/configuration.ts';
import {
  checkApplications,
  checkCaKeys,
  checkRevoked,
  checkTerminal,
  unverifiedOf,
  type Unverified,
  type Wrong,
} from './emv-checks.ts';
import { emvFiles, type ApplicationEntry, type CaKeyEntry } from './emv-schema.ts';
import { withholdPin } from './emv-withhold.ts';
import { loadJson, problemAt, type ConfigFault } from './load.ts';

export const emvFolder = path.resolve(import.meta.dirname, '../../../config/emv');

type EmvFile = keyof typeof emvFiles;
const fileNames = Object.keys(emvFiles) as EmvFile[];

export interface EmvDataOptions {
  /** Folder with files that replace the built-in ones of the same name. */
  readonly folder?: string;
  /** Further CA keys, in training only: those of the simulated cards. One replaces a configured key of its RID and index. */
  readonly trainingKeys?: readonly CaPublicKey[];
  /** What the files may claim and this terminal cannot do: then the claim is withheld, so that no card relies on it. */
  readonly withoutPinPad?: boolean;
  readonly withoutOnlinePin?: boolean;
}

/** A configured CA key with what is known of it, for a person. */
export type CaKeyStatus = Pick<CaKeyEntry, 'scheme' | 'rid' | 'index' | 'use' | 'verified'> & {
  readonly bits: number;
  readonly expires?: string;
};

export interface LoadedEmvData {
  readonly emv: TerminalEmvData;
  /** The files that were read, in the order of their names here. */
  readonly files: Readonly<Record<EmvFile, string>>;
  readonly caKeys: readonly CaKeyStatus[];
  /** Values nobody has confirmed, by the application (or the terminal) they belong to. */
  readonly unverified: readonly (Unverified & { readonly of: string })[];
}

/** All that is wrong in any of the files is told at once. */
export function loadEmvData(options: EmvDataOptions = {}): Result<LoadedEmvData, readonly ConfigFault[]> {
  const { folder } = options;
  const faults: ConfigFault[] = folder === undefined ? [] : folderFaults(folder);
  if (faults.length > 0) return err(faults);
  const files = Object.fromEntries(fileNames.map((name) => [name, fileOf(name, folder)])) as Record<EmvFile, string>;
  const read = <S extends z.ZodType>(
    name: EmvFile,
    schema: S,
    check: (data: z.output<S>) => readonly Wrong[],
  ): z.output<S> | undefined => {
    const loaded = loadJson(files[name], schema);
    if (!loaded.ok) {
      faults.push(loaded.fault);
      return undefined;
    }
    const problems = check(loaded.value).map(([at, expected]) => problemAt(loaded.value, at, expected));
    if (problems.length > 0) faults.push({ file: files[name], problems });
    return loaded.value;
  };
  const terminal = read('terminal', emvFiles.terminal, checkTerminal);
  const listed = read('applications', emvFiles.applications, (data) => checkApplications(data.applications, terminal));
  const keys = read('ca-keys', emvFiles['ca-keys'], (data) => checkCaKeys(data.keys));
  const revoked = read('revoked-certificates', emvFiles['revoked-certificates'], (data) =>
    checkRevoked(data.certificates),
  );
  if (faults.length > 0 || terminal === undefined || listed === undefined || !keys || !revoked) return err(faults);
  const { about: _about, origins: _origins, ...identity } = terminal;
  const emv: TerminalEmvData = {
    ...identity,
    applications: listed.applications.map(plainApplication),
    caPublicKeys: withTraining(keys.keys.map(plainKey), options.trainingKeys ?? []),
    revokedCertificates: revoked.certificates,
  };
  return ok({
    emv: withholdPin(emv, options),
    files,
    caKeys: keys.keys.map(({ scheme, rid, index, use, verified, modulus, expires }) => ({
      scheme,
      rid,
      index,
      use,
      verified,
      bits: modulus.length * 4,
      ...(expires === undefined ? {} : { expires }),
    })),
    unverified: [
      ...unverifiedOf(terminal).map((each) => ({ of: 'terminal', ...each })),
      ...listed.applications.flatMap((one) =>
        unverifiedOf(one).map((each) => ({ of: `${one.name} ${one.aid}`, ...each })),
      ),
    ],
  });
}

function fileOf(name: EmvFile, folder: string | undefined): string {
  const own = folder === undefined ? undefined : path.join(folder, `${name}.json`);
  return own !== undefined && existsSync(own) ? own : path.join(emvFolder, `${name}.json`);
}

/** A misspelt name would silently leave the built-in example in force. */
function folderFaults(folder: string): ConfigFault[] {
  const expected = `a folder with one or more of ${fileNames.map((name) => `${name}.json`).join(', ')}`;
  const problem = (found: string): ConfigFault => ({ file: folder, problems: [{ key: '', found, expected }] });
  let present: readonly string[];
  try {
    present = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (error) {
    return [problem((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such folder' : String(error))];
  }
  if (present.length === 0) return [problem('no such file in it')];
  const known = new Set(fileNames.map((name) => `${name}.json`));
  return present.filter((name) => !known.has(name)).map((name) => problem(`"${name}"`));
}

function plainApplication({ aid, name, selection, contact, contactless }: ApplicationEntry): TerminalApplication {
  return {
    aid,
    name,
    selection,
    ...(contact === undefined ? {} : { contact }),
    ...(contactless === undefined ? {} : { contactless }),
  };
}

function plainKey({ rid, index, modulus, exponent, sha1, expires }: CaKeyEntry): CaPublicKey {
  return { rid, index, modulus, exponent, checksum: sha1, ...(expires === undefined ? {} : { expires }) };
}

function withTraining(configured: readonly CaPublicKey[], training: readonly CaPublicKey[]): readonly CaPublicKey[] {
  const replaced = new Set(training.map(({ rid, index }) => rid + index));
  return [...configured.filter(({ rid, index }) => !replaced.has(rid + index)), ...training];
}
