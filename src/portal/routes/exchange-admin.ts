/** The administrator's side of Exchange: settings, test, all links (exchange.md §3). Nothing of what is in events. */
import type { ConnectorLinkId, PairId } from '../../core/ids.ts';
import {
  linkState,
  listLinks,
  listQuarantine,
  pauseLink,
  resumeLink,
  retryAnyPair,
  runLink,
} from '../../service/connectors/administration.ts';
import {
  changeSettings,
  type LoadedSettings,
  loadSettings,
  noteTest,
  servesPeople,
  warningsOf,
} from '../../service/connectors/setting-store.ts';
import { settingNames, settingTable } from '../../service/connectors/settings.ts';
import { undisturbed } from '../../service/undisturbed.ts';
import type { ExchangeSetting, ExchangeSettings } from '../exchange/api.ts';
import * as schemas from '../exchange/schemas.ts';
import { adminLinkShape } from '../exchange/shape.ts';
import type { PortalParts } from '../parts.ts';
import {
  entity,
  nothing,
  pathId,
  type Reply,
  type Routes,
  requireCurrent,
  type SignedInCall,
  timestamp,
} from '../route.ts';
import { asked } from './exchange.ts';

type Names =
  | 'GET /admin/exchange/settings'
  | 'PATCH /admin/exchange/settings'
  | 'POST /admin/exchange/test'
  | 'GET /admin/exchange/links'
  | 'POST /admin/exchange/links/{link}/pause'
  | 'POST /admin/exchange/links/{link}/resume'
  | 'POST /admin/exchange/links/{link}/run'
  | 'GET /admin/exchange/quarantine'
  | 'POST /admin/exchange/quarantine/{item}/retry';

const linksOfPage = 200;
const shownQuarantine = 500;

export const exchangeAdminRoutes: Routes<Names> = {
  'GET /admin/exchange/settings': {
    summary: 'All settings of the Exchange connector; of secrets, when they were set',
    access: 'admin',
    answer: schemas.settings,
    run: async ({ parts }) => await settingsReply(parts, await loadSettings(parts.services)),
  },

  'PATCH /admin/exchange/settings': {
    summary: 'Change settings, all at once or none',
    access: 'admin',
    body: schemas.settingsPatch,
    answer: schemas.settings,
    async run({ parts, actor, body, ifMatch }) {
      const { before, changed } = await undisturbed(parts.services, async (services) => {
        const found = await loadSettings(services);
        const { answer } = await settingsReply(parts, found);
        requireCurrent(ifMatch, { etag: answer.etag, changed: services.clock.now() });
        const context = { services, vault: parts.exchange.vault };
        const set = await changeSettings(context, actor, {
          ...(body.settings && { settings: body.settings }),
          ...(body.serviceAccounts && { serviceAccounts: body.serviceAccounts }),
        });
        return { before: found, changed: set };
      });
      await wake(parts, changed, before.values.enabled);
      return await settingsReply(parts, changed);
    },
  },

  'POST /admin/exchange/test': {
    summary: 'Try the connection step by step',
    access: 'admin',
    body: schemas.test,
    answer: schemas.testAnswer,
    async run({ parts, body }) {
      const { services, exchange } = parts;
      const steps = await asked((await exchange.desk()).test(body));
      await noteTest(services, servesPeople(steps));
      return { answer: { steps } };
    },
  },

  'GET /admin/exchange/links': {
    summary: 'All links with their states, some at a time',
    access: 'admin',
    query: schemas.adminLinksQuery,
    answer: schemas.adminLinks,
    async run({ parts, actor, query }) {
      const { text, after } = query ?? {};
      const { links, truncated } = await listLinks(parts.services, actor, {
        limit: linksOfPage,
        ...(text !== undefined && { text }),
        ...(after !== undefined && { after: pathId<ConnectorLinkId>(after) }),
      });
      return { answer: { links: links.map(adminLinkShape), truncated } };
    },
  },

  'POST /admin/exchange/links/{link}/pause': {
    summary: 'Pause a link',
    access: 'admin',
    answer: schemas.adminLink,
    async run(call) {
      await pauseLink(call.parts.services, call.actor, linkIn(call));
      return await shown(call);
    },
  },

  'POST /admin/exchange/links/{link}/resume': {
    summary: 'Let a link go on, whatever had stopped it',
    access: 'admin',
    answer: schemas.adminLink,
    async run(call) {
      await resumeLink(call.parts.services, call.actor, linkIn(call));
      (await call.parts.exchange.desk()).wake();
      return await shown(call);
    },
  },

  'POST /admin/exchange/links/{link}/run': {
    summary: 'Run a link now',
    access: 'admin',
    answer: schemas.adminLink,
    async run(call) {
      await runLink(call.parts.services, call.actor, linkIn(call), 'manual');
      (await call.parts.exchange.desk()).wake();
      return await shown(call);
    },
  },

  'GET /admin/exchange/quarantine': {
    summary: 'Events of all links that are left alone: codes, not contents',
    access: 'admin',
    answer: schemas.quarantine,
    async run({ parts, actor }) {
      const found = await listQuarantine(parts.services, actor, shownQuarantine);
      return {
        answer: {
          items: found.map(({ pair, mailbox }) => ({
            id: String(pair.id),
            link: String(pair.link),
            mailbox,
            code: pair.quarantine ?? '',
            text: (pair.quarantineText ?? '').slice(0, 500),
            failures: pair.failures,
          })),
        },
      };
    },
  },

  'POST /admin/exchange/quarantine/{item}/retry': {
    summary: 'Try one of them again',
    access: 'admin',
    async run({ parts, actor, params }) {
      await retryAnyPair(parts.services, actor, pathId<PairId>(params['item']));
      (await parts.exchange.desk()).wake();
      return nothing;
    },
  },
};

/** A connector that was off and stays off is not loaded by a change of its settings. */
async function wake(
  { exchange }: PortalParts,
  { values }: LoadedSettings,
  wasEnabled: boolean,
): Promise<void> {
  if (values.enabled || wasEnabled) (await exchange.desk()).wake();
}

type LinkCall = SignedInCall<
  | 'POST /admin/exchange/links/{link}/pause'
  | 'POST /admin/exchange/links/{link}/resume'
  | 'POST /admin/exchange/links/{link}/run'
>;

function linkIn({ params }: LinkCall): ConnectorLinkId {
  return pathId<ConnectorLinkId>(params['link']);
}

async function shown(call: LinkCall): Promise<Reply<ReturnType<typeof adminLinkShape>>> {
  return { answer: adminLinkShape(await linkState(call.parts.services, call.actor, linkIn(call))) };
}

async function settingsReply(
  { exchange }: PortalParts,
  loaded: LoadedSettings,
): Promise<Reply<ExchangeSettings>> {
  const noticed = loaded.values.enabled ? (await exchange.desk()).warnings() : [];
  return entity<ExchangeSettings>({
    settings: settingNames.map((key): ExchangeSetting => {
      const { type, default: standard, group, choices, min, max } = settingTable[key];
      return {
        key,
        type,
        // The table's own types: what a guard is made of, and lists, are JSON as they are.
        value: plain(loaded.values[key]),
        default: plain(standard),
        group,
        ...(choices && { choices }),
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
      };
    }),
    serviceAccounts: loaded.serviceAccounts.map(({ login, domain, secretSet }) => ({
      login,
      domain,
      secretSet: secretSet === null ? null : timestamp(secretSet),
    })),
    warnings: [...warningsOf(loaded), ...noticed],
  });
}

function plain(value: LoadedSettings['values'][keyof LoadedSettings['values']]): ExchangeSetting['value'] {
  return typeof value === 'object' && value !== null && 'count' in value
    ? { count: value.count, percent: value.percent }
    : value;
}
