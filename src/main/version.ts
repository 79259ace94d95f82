/** The version that the journal, the screens and `cham doctor` name: that of package.json. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const file = new URL('../../package.json', import.meta.url);

export const softwareVersion = z
  .object({ version: z.string().min(1) })
  .parse(JSON.parse(readFileSync(file, 'utf8'))).version;
