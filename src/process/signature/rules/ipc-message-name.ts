// The message that a process was handling.
import type { SignatureRule } from '../signature-rule.ts';

/** Appends the name of the message. */
export const ipcMessageName: SignatureRule = {
  name: 'SignatureIPCMessageName',
  applies: ({ ipc_message_name: name }) => Boolean(name),
  act: ({ ipc_message_name: name }, signature) => ({
    signature: `${signature} | IPC_Message_Name=${name ?? ''}`,
  }),
};
