/** `cham inspect`: picks what is inspected; each kind lives in its own file and loads only what it needs. */
import { complain, exitCodes, say, type ExitCode } from './output.ts';

const help = `Shows what a message, a card's data, a card session or a code says.

Usage: npm run cham -- inspect iso8583 HEX --dialect NAME   a host message
       npm run cham -- inspect emv HEX                      a card's data objects (BER-TLV)
       npm run cham -- inspect trace FILE                   a recorded card session, step by step
       npm run cham -- inspect qr TEXT                      a payment QR code

Each takes --json, --batch (one input a line) and --help for its own options.

Examples
  npm run cham -- inspect iso8583 --dialect list
  npm run cham -- inspect emv 9505 8000048000 9F2701 80`;

type Inspector = (args: readonly string[]) => Promise<ExitCode>;

const kinds: Readonly<Record<string, () => Promise<Inspector>>> = {
  iso8583: async () => (await import('./inspect-iso8583.ts')).inspectIso8583,
  emv: async () => (await import('./inspect-emv.ts')).inspectEmv,
  trace: async () => (await import('./inspect-trace.ts')).inspectTrace,
  qr: async () => (await import('./inspect-qr.ts')).inspectQr,
};

export async function inspect([kind, ...args]: readonly string[]): Promise<ExitCode> {
  if (kind === '--help' || kind === '-h') {
    say(help);
    return exitCodes.ok;
  }
  const load = kind !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (load !== undefined) return (await load())(args);
  const expected = Object.keys(kinds).join(', ');
  complain(`inspect: found ${kind === undefined ? 'nothing' : `"${kind}"`}; expected one of ${expected}\n\n${help}`);
  return exitCodes.usage;
}
