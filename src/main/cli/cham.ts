/**
 * `cham`: the command line. Picks the command; each lives in its own file and loads only what it needs.
 */
import { complain, exitCodes, say, type ExitCode } from './output.ts';

const help = `Chạm, a payment terminal.

Usage: npm run cham -- <command> [options]      (npm start is "run", npm run demo is "demo")

Commands
  run                 start the terminal service and open the kiosk
  demo                one card sale and one QR sale, unattended; receipts as PNG in ./out
  journal verify      check the whole journal: hash chain, signatures, anchor
  journal show        print the journal's events, newest last
  journal backup      a checked copy of the journal while the terminal runs
  journal export      the journal as JSON Lines or CSV, with a verifier for third parties
  reconcile           hold the journal against the host's list and the bank's statement, differences in money
  inspect iso8583     show what a host message in hexadecimal says, field by field, in any configured dialect
  inspect emv         show what a card's data objects (BER-TLV) in hexadecimal say, bit by bit
  inspect qr          show what a payment QR code says, merchant- or consumer-presented
  qr make             make a VietQR code: payload, drawing in the terminal, PNG, SVG
  doctor              check this machine: runtime, packages, readers, ports, journal, clock

Every command takes --json for one JSON document on standard output, and --help for its own options.

Exit codes: 0 fine, 1 something wrong was found, 2 wrong usage, 3 the terminal must not trade (the message says why),
70 a bug in Chạm.

Examples
  npm run cham -- run --data /var/lib/cham --shell none
  npm run cham -- journal verify --data /var/lib/cham --json
  npm run cham -- journal backup --data /var/lib/cham --to /media/stick/cham-2026-09-30
  npm run cham -- reconcile --date 2026-11-21 --bank statement.csv --bank-format bank-statement-example
  npm run cham -- inspect iso8583 --dialect list
  npm run cham -- doctor
`;

type Command = (args: readonly string[]) => Promise<ExitCode>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  demo: async () => (await import('./demo.ts')).demo,
  journal: async () => (await import('./journal.ts')).journal,
  reconcile: async () => (await import('./reconcile.ts')).reconcile,
  inspect: async () => (await import('./inspect.ts')).inspect,
  qr: async () => (await import('./qr.ts')).qr,
  doctor: async () => (await import('./doctor.ts')).doctor,
};

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    say(help);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    complain(`There is no command "${name}".\n\n${help}`);
    return exitCodes.usage;
  }
  return (await load())(args);
}

// A bug stops the process, and the next start recovers from the journal; what is printed is scrubbed like a log line.
process.on('uncaughtException', (error) => {
  complain(`Chạm stopped because of a bug in it. Start it again: sales are taken up from the journal.\n${error.stack}`);
  process.exit(exitCodes.bug);
});

// At once: a driver's call into a library that never answers would otherwise keep the process alive.
process.exit(await main(process.argv.slice(2)));
