/**
 * `cham qr make`: a payment code for a bank account or of another scheme, printed, drawn and saved; `cham qr banks` and
 * `cham qr schemes` list what it knows. A code shows where to pay, it confirms nothing.
 */
import { writeFileSync } from 'node:fs';
import { money } from '../../core/base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { findBank, type QrBank } from '../../core/qr/banks.ts';
import { buildCode, type QrOrder } from '../../core/qr/build.ts';
import { parseMpm } from '../../core/qr/mpm.ts';
import { readPayment, type QrCatalogue, type QrProfile } from '../../core/qr/profile.ts';
import { normaliseMemo } from '../../core/qr/reference.ts';
import { buildVietQr, isVietQrService, vietQrServices } from '../../core/qr/vietqr.ts';
import { formatConfigFault } from '../config/load.ts';
import { loadQrCatalogue } from '../config/qr-schema.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';
import { drawForTerminal, drawPng, drawSvg, qrModules, type QrModules } from './qr-drawing.ts';
import { drawSheet } from './qr-sheet.ts';

const help = `Makes a payment code: VietQR for a bank account, or the code of another scheme.

Usage: npm run cham -- qr make --bank BANK --account ACCOUNT [--amount AMOUNT] [--reference REF] [--purpose TEXT]
                               [--name NAME] [--city CITY] [--png FILE] [--svg FILE] [--sheet FILE] [--json]
       npm run cham -- qr make --scheme SCHEME --account ACCOUNT --name NAME --city CITY [...]
       npm run cham -- qr banks
       npm run cham -- qr schemes

  --bank BANK       BIN of six digits, short name or code: 970436, Vietcombank, VCB ("qr banks" lists them)
  --account ACCOUNT for VietQR 1 to 19 letters and digits
  --amount AMOUNT   whole đồng, digits only; for other currencies with a point, such as 20.15.
                    Without it the payer types the amount
  --reference REF   by which the transfer is recognised; for VietQR 1 to 25 upper-case letters and digits
  --purpose TEXT    for VietQR written without accents, cut to 25 characters together with the reference
  --name, --city    of the merchant; written without accents, cut to 25 and 15 characters
  --category MCC    merchant category code, four digits
  --service SERVICE VietQR: ${vietQrServices.join(', ')} (default ${vietQrServices[0]})
  --terminal LABEL  label of the terminal
  --scheme SCHEME   default VietQR ("qr schemes" lists them)
  --currency CODE   for schemes with several, three letters
  --png, --svg FILE also save the drawing; a file that exists is replaced
  --sheet FILE      a page of A5 (SVG) to print for the counter: name, bank, account and code; VietQR without --amount
  --json            { "payload", "payment" }, payment as in "inspect qr"; no drawing

Exit code 0 when the code was made, 2 when it cannot be made so (and for wrong usage), 1 when a file cannot be written.

Examples
  npm run cham -- qr make --bank Vietcombank --account 1017595600 --amount 45000 --reference CH7K3QW9TX --svg pay.svg
  npm run cham -- qr make --bank VCB --account 1017595600 --name "Quán Phở Đức Thịnh" --sheet counter.svg
  npm run cham -- qr make --scheme PromptPay --account 0066801111111 --amount 20.15 --name SHOP --city BANGKOK`;

interface Wanted {
  readonly bank?: string | undefined;
  readonly account?: string | undefined;
  readonly amount?: string | undefined;
  readonly reference?: string | undefined;
  readonly purpose?: string | undefined;
  readonly name?: string | undefined;
  readonly city?: string | undefined;
  readonly category?: string | undefined;
  readonly service?: string | undefined;
  readonly terminal?: string | undefined;
  readonly scheme?: string | undefined;
  readonly currency?: string | undefined;
}

export async function qr(args: readonly string[]): Promise<ExitCode> {
  const text = { type: 'string' } as const;
  const options = parseOptions(
    args,
    {
      bank: text,
      account: text,
      amount: text,
      reference: text,
      purpose: text,
      name: text,
      city: text,
      category: text,
      service: text,
      terminal: text,
      scheme: text,
      currency: text,
      png: text,
      svg: text,
      sheet: text,
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  const catalogue = loadQrCatalogue();
  if (!catalogue.ok) return wrong(formatConfigFault(catalogue.fault));
  const command = positionals.join(' ');
  if (command === 'banks') return listBanks(catalogue.value.banks, values.json);
  if (command === 'schemes') return listSchemes(catalogue.value.profiles, values.json);
  if (command !== 'make') {
    return wrong(`found ${command === '' ? 'nothing' : `"${command}"`}; expected "make", "banks" or "schemes"`);
  }
  const made = make(values, catalogue.value);
  if (!made.ok) {
    complain(`qr: ${made.fault.detail}\n"npm run cham -- qr make --help" shows all options.`);
    return exitCodes.usage;
  }
  if (values.sheet !== undefined && (values.amount !== undefined || values.scheme !== undefined)) {
    complain('qr: --sheet is for a VietQR code that serves every payment: leave out --amount and --scheme');
    return exitCodes.usage;
  }
  const payload = made.value;
  const modules = qrModules(payload);
  const failed =
    (values.png !== undefined && save('--png', values.png, drawPng(modules))) ||
    (values.svg !== undefined && save('--svg', values.svg, drawSvg(modules))) ||
    (values.sheet !== undefined && save('--sheet', values.sheet, sheetOf(values, modules, catalogue.value.banks)));
  if (failed) {
    complain(failed);
    return exitCodes.found;
  }
  for (const note of notes(values, catalogue.value.banks)) complain(`qr: ${note}`);
  if (values.json) {
    sayJson({ payload, payment: readPayment(parseMpm(payload), catalogue.value).payment });
  } else {
    say(payload);
    say(drawForTerminal(modules, process.stdout.isTTY));
  }
  return exitCodes.ok;
}

function sheetOf({ bank = '', account = '', name = '' }: Wanted, modules: QrModules, banks: readonly QrBank[]): string {
  const bin = binOf(bank, banks);
  const known = bin.ok ? banks.find((one) => one.bin === bin.value) : undefined;
  return drawSheet({ modules, name: name.normalize('NFC').trim(), bank: known?.shortName ?? bank, account });
}

function wrong(reason: string): ExitCode {
  complain(`qr: ${reason}\n\n${help}`);
  return exitCodes.usage;
}

type Made = Result<string, Fault<'wrong' | 'notWritable' | 'badOrder' | 'badAmount' | 'badReference'>>;

function refuse(detail: string): Made {
  return err(fault('wrong', detail, false));
}

function make(wanted: Wanted, catalogue: QrCatalogue): Made {
  const scheme = fold(wanted.scheme ?? 'VietQR');
  if (scheme === fold('VietQR')) return makeVietQr(wanted, catalogue.banks);
  const fitting = catalogue.profiles.filter((profile) => namesOf(profile).some((one) => fold(one) === scheme));
  if (fitting.length === 0) {
    return refuse(`--scheme: "${wanted.scheme}" is none of ${schemesOf(catalogue.profiles).join(', ')}`);
  }
  if (wanted.account === undefined) return refuse('--account is needed');
  if (wanted.service !== undefined) return refuse('--service is for VietQR only');
  const bankBin = wanted.bank === undefined ? undefined : binOf(wanted.bank, catalogue.banks);
  if (bankBin !== undefined && !bankBin.ok) return bankBin;
  const { account, amount, reference, purpose, name, city, currency, terminal } = wanted;
  const order: QrOrder = {
    account,
    // Mandatory, and 0000 is how these schemes say that there is none (ISO 18245 has no such code).
    merchantCategoryCode: wanted.category ?? '0000',
    ...(bankBin === undefined ? {} : { bankBin: bankBin.value }),
    ...(amount === undefined ? {} : { amount }),
    ...(reference === undefined ? {} : { reference }),
    ...(purpose === undefined ? {} : { purpose: normaliseMemo(purpose) }),
    ...(name === undefined ? {} : { merchantName: name }),
    ...(city === undefined ? {} : { merchantCity: city }),
    ...(currency === undefined ? {} : { currency: currency.toUpperCase() }),
    ...(terminal === undefined ? {} : { values: { '62.07': terminal } }),
  };
  // The kinds of one scheme differ in what their accounts look like.
  const tried = fitting.map((profile) => buildCode(profile, order));
  return tried.find((made) => made.ok) ?? tried[0] ?? refuse('nothing was tried');
}

function makeVietQr(wanted: Wanted, banks: readonly QrBank[]): Made {
  const { bank, account, amount, reference, purpose, name, city, category, terminal } = wanted;
  const service = (wanted.service ?? vietQrServices[0]).toUpperCase();
  if (bank === undefined || account === undefined) return refuse('--bank and --account are needed');
  if (!isVietQrService(service)) return refuse(`--service: expected one of ${vietQrServices.join(', ')}`);
  if (wanted.currency !== undefined && wanted.currency.toUpperCase() !== 'VND') return refuse('VietQR moves VND only');
  const bankBin = binOf(bank, banks);
  if (!bankBin.ok) return bankBin;
  if (!/^[A-Za-z0-9]{1,19}$/.test(account)) return refuse('--account: expected 1 to 19 letters and digits, no spaces');
  if (amount !== undefined && !/^\d{1,13}$/.test(amount)) {
    return refuse(`--amount: expected whole đồng, digits only, such as 45000; found "${amount}"`);
  }
  return buildVietQr({
    bankBin: bankBin.value,
    account,
    service,
    ...(amount === undefined ? {} : { amount: money(Number(amount), 'VND') }),
    ...(reference === undefined ? {} : { reference }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(name === undefined ? {} : { merchantName: name }),
    ...(city === undefined ? {} : { merchantCity: city }),
    ...(category === undefined ? {} : { merchantCategoryCode: category }),
    ...(terminal === undefined ? {} : { terminal }),
  });
}

function named(banks: readonly QrBank[]): string {
  return banks.map(({ bin, shortName }) => `${shortName} (${bin})`).join(', ');
}

function binOf(text: string, banks: readonly QrBank[]): Made {
  const found = findBank(text, banks);
  if (found.kind === 'one') return ok(found.bin);
  if (found.kind === 'several') return refuse(`--bank: "${text}" may be ${named(found.banks)}; give the BIN`);
  const near = found.near.length === 0 ? '' : ` Did you mean ${named(found.near)}?`;
  return refuse(`--bank: no bank is called "${text}".${near} "qr banks" lists them; a BIN of six digits always works`);
}

/** What was not written as it was given. */
function* notes(wanted: Wanted, banks: readonly QrBank[]): Iterable<string> {
  const bank = wanted.bank === undefined ? undefined : findBank(wanted.bank, banks);
  if (bank?.kind === 'one' && !banks.some(({ bin }) => bin === bank.bin)) {
    yield `${bank.bin} is not in the list of banks (config/qr/banks.json); used as it is`;
  }
  for (const [option, text = '', length] of [
    ['--name', wanted.name, 25],
    ['--city', wanted.city, 15],
  ] as const) {
    const folded = normaliseMemo(text);
    if (folded.length > length) yield `${option}: cut to "${folded.slice(0, length).trimEnd()}" (${length} characters)`;
  }
  const memo = [wanted.reference ?? '', normaliseMemo(wanted.purpose ?? '')].join(' ').trim();
  if (wanted.scheme === undefined && memo.length > 25) {
    yield `--purpose: cut to "${memo.slice(0, 25).trimEnd()}" (25 characters with the reference)`;
  }
}

function fold(text: string): string {
  return normaliseMemo(text).replaceAll(' ', '');
}

function namesOf({ scheme, name }: QrProfile): readonly string[] {
  return [scheme, `${scheme} ${name}`];
}

function schemesOf(profiles: readonly QrProfile[]): readonly string[] {
  return [...new Set(profiles.map(({ scheme }) => scheme))];
}

function list(items: readonly (readonly [key: string, value: string])[][], json: boolean): ExitCode {
  if (json) {
    sayJson(items.map((item) => Object.fromEntries(item)));
    return exitCodes.ok;
  }
  const header = items[0]?.map(([key]) => key) ?? [];
  const rows = [header, ...items.map((item) => item.map(([, value]) => value))];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => Array.from(row[column] ?? '').length)));
  for (const row of rows)
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  return exitCodes.ok;
}

function listBanks(banks: readonly QrBank[], json: boolean): ExitCode {
  const items = banks.map(({ bin, shortName, codes, name }): [string, string][] => [
    ['bin', bin],
    ['shortName', shortName],
    ['codes', codes.join(', ')],
    ['name', name],
  ]);
  return list(items, json);
}

function listSchemes(profiles: readonly QrProfile[], json: boolean): ExitCode {
  const items = profiles.map(({ scheme, name, country, currencies }): [string, string][] => [
    ['scheme', scheme],
    ['country', country],
    ['currency', Object.values(currencies).join(', ')],
    ['name', name],
  ]);
  return list(items, json);
}

/** What went wrong, or undefined. */
function save(option: string, file: string, content: Uint8Array | string): string | undefined {
  try {
    writeFileSync(file, content);
    return undefined;
  } catch (error) {
    return `qr: ${option}: ${file} cannot be written (${error instanceof Error ? error.message : String(error)})`;
  }
}
