/** A line of standard input: read as it comes from a program, or asked from a person without showing what is typed. */

/** Longer lines are no answer to anything that is asked here. */
const maxLength = 1024;

/** The first line; undefined when there is none within the limit. */
export async function readLine(): Promise<string | undefined> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > maxLength) break;
  }
  const [line = ''] = text.split(/\r?\n/);
  return line === '' || line.length > maxLength ? undefined : line;
}

/** Of a terminal. Undefined when the person gave up with Ctrl-C or Ctrl-D. The prompt goes to standard error. */
export function askHidden(prompt: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  // Before the prompt: who answers it at once must not see the answer either.
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  stderr.write(prompt);
  return new Promise((resolve) => {
    let typed = '';
    const end = (answer: string | undefined): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(answer);
    };
    const take = (chunk: string): void => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n') return end(typed);
        if (key === '\u0003' || key === '\u0004') return end(undefined);
        if (key === '\u007F' || key === '\b') typed = typed.slice(0, -1);
        else if (typed.length < maxLength) typed += key;
      }
    };
    stdin.on('data', take);
  });
}
