/**
 * `node:http` and `node:https` without what an import of them does besides: it reads every name that they export, which
 * loads the client for fetch and WebSocket that nobody here uses, 45 ms of a start on a fast machine.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
