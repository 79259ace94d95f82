/** `cham qr make`: a VietQR code for a bank account, printed, drawn and saved. It shows where to pay, it confirms nothing. */
import { writeFileSync } from 'node:fs';
import { money } from '../../core/base/money.ts';
import { parseMpm } from '../../core/qr/mpm.ts';
import { readPayment, type QrBank } from '../../core/qr/profile.ts';
import { buildVietQr } from '../../core/qr/vietqr.ts';
import { formatConfigFault } from '../config/load.ts';
import { loadQrCatalogue } from '../config/qr-schema.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';
import { drawForTerminal, drawPng, drawSvg, qrModules } from './qr-drawing.ts';

const help = `Makes a VietQR code for a transfer to a bank account.

Usage: npm run cham -- qr make --bank BANK --account ACCOUNT [--amount DONG] [--reference REF] [--purpose TEXT]
                               [--name NAME] [--png FILE] [--svg FILE] [--json]

  --bank BANK       six-digit BIN, or a short name such as Vietcombank (config/qr/banks.json)
  --account ACCOUNT 1 to 19 letters and digits
  --amount DONG     whole đồng, digits only; without it the payer types the amount
  --reference REF   1 to 25 upper-case letters and digits, by which the transfer is recognised
  --purpose TEXT    written without accents, cut to 25 characters together with the reference
  --name NAME       of the merchant, written without accents, cut to 25 characters
  --png, --svg FILE also save the drawing; a file that exists is replaced
  --json            { "payload", "payment" }, payment as in "inspect qr"; no drawing

Example
  npm run cham -- qr make --bank Vietcombank --account 1017595600 --amount 45000 --reference CH7K3QW9TX --svg pay.svg`;

export async function qr(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      bank: { type: 'string' },
      account: { type: 'string' },
      amount: { type: 'string' },
      reference: { type: 'string' },
      purpose: { type: 'string' },
      name: { type: 'string' },
      png: { type: 'string' },
      svg: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  if (positionals.join(' ') !== 'make') {
    return wrong(`found ${positionals.length === 0 ? 'nothing' : `"${positionals.join(' ')}"`}; expected "make"`);
  }
  const catalogue = loadQrCatalogue();
  if (!catalogue.ok) return wrong(formatConfigFault(catalogue.fault));
  const { bank, account, amount, reference, purpose, name, png, svg } = values;
  if (bank === undefined || account === undefined) return wrong('--bank and --account are needed');
  const bankBin = binOf(bank, catalogue.value.banks);
  if (bankBin === undefined) return wrong(`--bank: no bank is called "${bank}"; give its six-digit BIN`);
  if (amount !== undefined && !/^\d{1,13}$/.test(amount)) return wrong('--amount: expected whole đồng, digits only');

  const built = buildVietQr({
    bankBin,
    account,
    service: 'QRIBFTTA',
    ...(amount === undefined ? {} : { amount: money(Number(amount), 'VND') }),
    ...(reference === undefined ? {} : { reference }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(name === undefined ? {} : { merchantName: name }),
  });
  if (!built.ok) return wrong(built.fault.detail);
  const payload = built.value;
  const modules = qrModules(payload);
  const failed =
    (png !== undefined && save('--png', png, drawPng(modules))) ||
    (svg !== undefined && save('--svg', svg, drawSvg(modules)));
  if (failed) {
    complain(failed);
    return exitCodes.found;
  }
  if (values.json) {
    sayJson({ payload, payment: readPayment(parseMpm(payload), catalogue.value).payment });
  } else {
    say(payload);
    say(drawForTerminal(modules, process.stdout.isTTY));
  }
  return exitCodes.ok;
}

function wrong(reason: string): ExitCode {
  complain(`qr: ${reason}\n\n${help}`);
  return exitCodes.usage;
}

/** Any BIN is taken: the list of banks is never complete. */
function binOf(bank: string, banks: readonly QrBank[]): string | undefined {
  if (/^\d{6}$/.test(bank)) return bank;
  return banks.find(({ shortName }) => shortName.toLowerCase() === bank.toLowerCase())?.bin;
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
