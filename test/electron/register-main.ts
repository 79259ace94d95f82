/**
 * `node --import register-main.ts main.js`: makes `electron` the stand-in, and lets the test look into it. In a worker
 * thread, which is the stand-in's utility process, it provides process.parentPort instead.
 */
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { installParentPort } from './stand-in-ports.ts';

if (isMainThread) {
  const standIn = new URL('./stand-in-main.ts', import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context),
  });
  // Loads the browser's driver, which a worker does not need.
  const { answerTest } = await import('./control.ts');
  answerTest();
} else {
  installParentPort();
}
