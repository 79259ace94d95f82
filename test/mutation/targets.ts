/**
 * What `npm run mutate` changes, and which tests have to notice. The first test file is tried first; add a line for
 * every file whose decisions must not shift by a bit.
 */
export interface MutationTarget {
  readonly file: string;
  readonly tests: readonly string[];
}

const book3 = 'src/core/emv/book3';
const cvmTests = [`${book3}/cvm.test.ts`, `${book3}/cvm-rules.test.ts`];

export const mutationTargets: readonly MutationTarget[] = [
  { file: 'src/core/emv/flags.ts', tests: ['src/core/emv/flags.test.ts'] },
  { file: `${book3}/restrictions.ts`, tests: [`${book3}/restrictions.test.ts`] },
  { file: 'src/core/emv/dates.ts', tests: [`${book3}/restrictions.test.ts`, 'src/core/emv/oda/certificates.test.ts'] },
  { file: `${book3}/situation.ts`, tests: [`${book3}/cvm-rules.test.ts`, `${book3}/restrictions.test.ts`] },
  { file: `${book3}/cvm-rules.ts`, tests: [`${book3}/cvm-rules.test.ts`, `${book3}/cvm.test.ts`] },
  { file: `${book3}/cvm.ts`, tests: cvmTests },
  { file: `${book3}/pin.ts`, tests: cvmTests },
  { file: `${book3}/get-data.ts`, tests: [`${book3}/risk.test.ts`, `${book3}/cvm.test.ts`] },
  { file: `${book3}/risk.ts`, tests: [`${book3}/risk.test.ts`] },
  { file: `${book3}/action-analysis.ts`, tests: [`${book3}/action-analysis.test.ts`] },
  { file: `${book3}/contact-request.ts`, tests: [`${book3}/contact-request.test.ts`] },
  {
    file: 'src/core/emv/contactless/kernel-2-cvm.ts',
    tests: ['src/core/emv/contactless/kernel-2-cvm.test.ts'],
  },
  {
    file: 'src/core/emv/contactless/kernel-3-decision.ts',
    tests: ['src/core/emv/contactless/kernel-3-decision.test.ts'],
  },
  {
    file: 'src/core/emv/contactless/pre-processing.ts',
    tests: ['src/core/emv/contactless/pre-processing.test.ts'],
  },
];
