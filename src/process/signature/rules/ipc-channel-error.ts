// Processes that were ended because their channel failed.
import type { SignatureRule } from '../signature-rule.ts';
import { firstCharacters } from '../signature-text.ts';

const MAX_LENGTH = 100;

/** Replaces the signature by the error of the channel and the side on which it was seen. */
export const ipcChannelError: SignatureRule = {
  name: 'SignatureIPCChannelError',
  applies: ({ ipc_channel_error: error }) => Boolean(error),
  act: ({ ipc_channel_error: error, additional_minidumps: dumps }) => {
    const side = dumps?.includes('upload_file_minidump_browser') === true ? 'browser' : 'content';
    return {
      signature: `IPCError-${side} | ${firstCharacters(String(error), MAX_LENGTH)}`,
      notes: ['IPC Channel Error stomped on signature'],
    };
  },
};
