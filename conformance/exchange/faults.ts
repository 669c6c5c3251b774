/** Faults on demand: what a test tells the server to do wrong, once or for a while. */
import type { ServerResponse } from 'node:http';

export type Fault =
  /** ErrorServerBusy, with its back-off where Exchange writes it. */
  | {
      readonly kind: 'busy';
      readonly backOffMs?: number;
      readonly where: 'fault-detail' | 'response-message' | 'fault-code';
    }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly html?: boolean;
    }
  /** A SOAP fault, or a response message of class Error in place of each part, with this code. */
  | {
      readonly kind: 'code';
      readonly code: string;
      readonly where: 'fault' | 'message';
      readonly status?: number;
    }
  /** Breaks off in the middle of the answer. */
  | { readonly kind: 'half' }
  /** The answer trickles. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** Closes before anything has been done. */
  | { readonly kind: 'reset-before' }
  /** Does what was asked, and closes without an answer: the one that makes duplicates. */
  | { readonly kind: 'reset-after' }
  /** Closes without an answer, and does what was asked long after, when a test says so (`FakeExchange.carryOutLate`). */
  | { readonly kind: 'late' }
  /** Does it twice, as a proxy does that sends it again, and gives one of the two answers, or none. */
  | { readonly kind: 'twice'; readonly answers: 'first' | 'second' | 'none' }
  /** Does it and answers, and does it once more when a test says so (`FakeExchange.carryOutLate`). */
  | { readonly kind: 'again-late' }
  /** Holds the answer back until `release`, or for ever. */
  | { readonly kind: 'hold'; readonly until: Promise<void> }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Every response message comes twice, or the last is missing. */
  | { readonly kind: 'duplicate-messages' }
  | { readonly kind: 'drop-message' }
  /** An element nobody knows in front of each ResponseCode and inside items. */
  | { readonly kind: 'unknown-elements' }
  /** Characters that XML cannot hold, as references, inside subjects. */
  | { readonly kind: 'invalid-characters' }
  | { readonly kind: 'not-xml' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'doctype' };

export interface FaultRule {
  /** Which operation; absent: any. */
  readonly on?: string;
  /** Requests of that kind which pass first. */
  readonly after?: number;
  /** How often; absent: once. */
  readonly times?: number;
  /** Only for requests about this mailbox. */
  readonly mailbox?: string;
  readonly fault: Fault;
}

interface Armed {
  readonly rule: FaultRule;
  skip: number;
  left: number;
}

export class Faults {
  readonly #armed: Armed[] = [];

  /** Arms a fault; rules are tried in the order in which they were added. */
  add(rule: FaultRule): void {
    this.#armed.push({ rule, skip: rule.after ?? 0, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** Rules that have not been used up. */
  get pending(): number {
    return this.#armed.length;
  }

  take(operation: string, mailbox: string | undefined): Fault | undefined {
    for (const [index, armed] of this.#armed.entries()) {
      const { rule } = armed;
      if (rule.on !== undefined && rule.on !== operation) continue;
      if (rule.mailbox !== undefined && rule.mailbox !== mailbox) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      if (armed.left <= 0) this.#armed.splice(index, 1);
      return rule.fault;
    }
    return undefined;
  }
}

const message = /<m:\w+ResponseMessage [\s\S]*?<\/m:\w+ResponseMessage>/g;

const spoilers: Readonly<Partial<Record<Fault['kind'], (answer: string) => string>>> = {
  'duplicate-messages': (answer) => answer.replace(message, '$&$&'),
  'drop-message': (answer) => {
    const last = answer.match(message)?.at(-1);
    return last === undefined ? answer : answer.replace(last, '');
  },
  'unknown-elements': (answer) =>
    answer
      .replaceAll('<m:ResponseCode>', '<m:Novelty Id="1"><t:Inner>new</t:Inner></m:Novelty><m:ResponseCode>')
      .replaceAll('<t:Subject>', '<t:Novelty xmlns:z="urn:z" z:a="1">&#x263A;</t:Novelty><t:Subject>'),
  'invalid-characters': (answer) => answer.replaceAll('<t:Subject>', '<t:Subject>&#x1;&#xB;'),
  'not-xml': () => 'Service Unavailable: <connection> & limit',
  empty: () => '',
  doctype: (answer) =>
    answer.replace(
      /^<\?xml[^>]*>/,
      '$&<!DOCTYPE s:Envelope [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ),
};

/** The text of an answer as this fault makes it. */
export function spoil(answer: string, fault: Fault): string {
  return spoilers[fault.kind]?.(answer) ?? answer;
}

/** Sends a body in small pieces. */
export async function drip(
  response: ServerResponse,
  body: Buffer,
  bytes: number,
  everyMs: number,
): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  response.end();
}
