// The contract of a target: what a message is as a request of one kind of server or chat. Pure: the sender opens the connection.
import type { Payload } from '../../store/notice-payload.ts';
import type { Webhook } from '../../store/notifications.ts';

/** A request to make. */
export interface TargetRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface TargetOptions {
  /** The same for every attempt. */
  readonly deliveryId: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Where people read, without a slash at the end. */
  readonly reportsUrl: string;
}

export interface Target {
  /** As it is stored and named in the API; permanent. */
  readonly name: string;
  /** One word for lists. */
  readonly short: string;
  /** For people who choose. */
  readonly label: string;
  /** What the address is, for whoever fills in the form. */
  readonly address: string;
  /** True: who knows the address can write there, so it is shown without its path once it is saved. */
  readonly addressIsSecret: boolean;
  /** True: a room and an access token belong to it. */
  readonly hasRooms: boolean;
  request(webhook: Webhook, payload: Payload, options: TargetOptions): TargetRequest;
}
