/** Sign-in at an identity provider, as a person does it: button, the provider's forms, and back in the calendar. */
import assert from 'node:assert/strict';
import { createServer, type Server as Listener } from 'node:http';
import { Provider } from 'oidc-provider';
import { closeBrowser, open } from './browser.ts';
import { type Server, startServer } from './server.ts';

/** In seconds. */
const years = 20 * 365 * 86_400;

describe('signing in at an identity provider, in the browser', () => {
  let server: Server;
  let provider: Listener;
  let email = 'anna@example.com';
  const { info, warn } = console;

  before(async () => {
    // It warns of all that a provider for others than a test would need.
    Object.assign(console, { info: () => undefined, warn: () => undefined });
    provider = createServer();
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const address = provider.address();
    assert.ok(address !== null && typeof address === 'object');
    const issuer = `http://127.0.0.1:${address.port}`;
    server = await startServer([
      '--oidc-issuer',
      issuer,
      '--oidc-client-id',
      'portcal',
      '--oidc-claim',
      'email',
    ]);
    const instance = new Provider(issuer, {
      clients: [
        {
          client_id: 'portcal',
          token_endpoint_auth_method: 'none',
          redirect_uris: [`${server.url}api/v1/auth/oidc/callback`],
        },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      // Its cookies name the hour of their end by the tests' clock, and Chromium reads them by the real one.
      ttl: { Interaction: years, Session: years, Grant: years },
      findAccount: (_: unknown, sub: string) => ({
        accountId: sub,
        claims: () => ({ sub, email, email_verified: true }),
      }),
    });
    provider.on('request', instance.callback());
  });

  after(async () => {
    Object.assign(console, { info, warn });
    await closeBrowser();
    await server.stop();
    provider.closeAllConnections();
    await new Promise((resolve) => provider.close(resolve));
  });

  /** From our form to wherever the provider sends the person back. */
  async function visit() {
    const opened = await open();
    const { page } = opened;
    await page.goto(server.url);
    await page.locator('a.button-wide').click();
    await page.locator('input[name=login]').fill('somebody');
    await page.locator('input[name=password]').fill('whatever');
    await page.locator('button[type=submit]').click();
    await page.locator('button[type=submit]:has-text("Continue")').click();
    return opened;
  }

  it('ends in the calendar of the person whose address the provider vouches for', async () => {
    const { page, context } = await visit();
    await page.locator('.home').waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    await page.locator('.calendar-row:has-text("Personlig")').waitFor();
    await context.close();
  });

  it('ends at the form, which says why, for somebody whom nobody here knows', async () => {
    email = 'stranger@example.com';
    const { page, context } = await visit();
    await page.getByText('vouches for nobody who has an account here').waitFor();
    await page.locator('input[type=password]').waitFor();
    await context.close();
  });
});
