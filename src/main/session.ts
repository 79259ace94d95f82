/**
 * One screen's session with the terminal, whatever carries it (WebSocket or MessagePort): views and paper out,
 * commands in, each answered once. Everything is checked at the border; a bad frame ends the session.
 */
import { encodeServerFrame, parseClientFrame, type Unversioned } from '../contract/border.ts';
import type { Command, CommandResult, ServerFrame } from '../contract/commands.ts';
import type { TerminalView } from '../contract/view.ts';

/** Bytes that carry frames, one text per frame. */
export interface FrameTransport {
  send(text: string): void;
  /** Ends the transport; `why` is short ASCII for the other side, `detail` is for the log. */
  close(why: string, detail: string): void;
}

/** What a session needs of the running terminal. */
export interface TerminalService {
  view(): TerminalView;
  execute(command: Command): Promise<CommandResult>;
  /** Calls `listener` when the view may have changed. */
  onView(listener: () => void): () => void;
  onPaper(listener: (paper: { readonly jobId: string; readonly png: string }) => void): () => void;
}

export interface Session {
  receive(text: string): void;
  end(): void;
}

export function openSession(service: TerminalService, transport: FrameTransport): Session {
  let open = true;
  const send = (frame: Unversioned<ServerFrame>): void => {
    if (open) transport.send(encodeServerFrame(frame));
  };
  // A view that cannot be encoded is a bug, but not one that may stop a payment: it ends this screen's session.
  const sendView = (): void => {
    try {
      send({ type: 'view', view: service.view() });
    } catch (error) {
      end();
      transport.close('no view', String(error));
    }
  };
  const ends = [service.onView(sendView), service.onPaper((paper) => send({ type: 'paper', ...paper }))];
  const end = (): void => {
    open = false;
    for (const unsubscribe of ends) unsubscribe();
  };
  sendView();
  return {
    receive(text) {
      if (!open) return;
      const parsed = parseClientFrame(text);
      if (!parsed.ok) {
        end();
        transport.close('bad frame', parsed.problem);
        return;
      }
      const { id, command } = parsed.frame;
      void service.execute(command).then((result) => send({ type: 'result', id, result }));
    },
    end,
  };
}
