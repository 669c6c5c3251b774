import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settingsPage } from '../src/config/page.ts';
import {
  basePathOf,
  describedSettings,
  type Loaded,
  limitsOf,
  loadSettings,
  printedSettings,
  type Sources,
  settingsHelp,
} from '../src/config.ts';
import { defaultLimits } from '../src/core/limits.ts';

function load(
  argv: readonly string[] = [],
  env: Sources['env'] = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Loaded> {
  return loadSettings({
    argv,
    env,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`there is no file ${path}`);
      return text;
    },
  });
}

async function refusal(...where: Parameters<typeof load>): Promise<string> {
  try {
    await load(...where);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
}

describe('settings', () => {
  it('have safe defaults: this machine only, nobody trusted, no metrics', async () => {
    const { settings } = await load();
    assert.equal(settings.host, '127.0.0.1');
    assert.equal(settings.port, 8080);
    assert.deepEqual(settings.trustProxy, []);
    assert.equal(settings.metricsPort, -1);
    assert.deepEqual(settings.signIn, ['app-password', 'password']);
    assert.deepEqual(limitsOf(settings), defaultLimits);
  });

  it('come from file, environment and flags, the later winning, and know from where', async () => {
    const files = {
      'a.toml': 'host = "::1"\nport = 1\ndata = "/srv"\ntrustProxy = ["10.0.0.0/8", "unix"]\ndemo = true',
    };
    const { settings, origins } = await load(
      ['--config', 'a.toml', '--port=3'],
      { PORTCAL_PORT: '2', PORTCAL_DATA: '/var' },
      files,
    );
    assert.equal(settings.host, '::1');
    assert.equal(settings.data, '/var');
    assert.equal(settings.port, 3);
    assert.equal(settings.demo, true);
    assert.deepEqual(settings.trustProxy, ['10.0.0.0/8', 'unix']);
    assert.deepEqual(
      [origins.host, origins.data, origins.port, origins.logLevel],
      ['file', 'environment', 'flag', 'default'],
    );
  });

  it('find the file by the environment as well', async () => {
    assert.equal((await load([], { PORTCAL_CONFIG: 'a.toml' }, { 'a.toml': 'port = 7' })).settings.port, 7);
  });

  it('leave other arguments and other variables alone', async () => {
    const { rest, helpWanted } = await load(['serve', '--port', '1', 'x', '-h'], {
      HOME: '/root',
      PORT: '3',
    });
    assert.deepEqual(rest, ['serve', 'x']);
    assert.equal(helpWanted, true);
  });

  it('that are switches need no value and may be denied', async () => {
    assert.equal((await load(['--demo'])).settings.demo, true);
    assert.equal((await load(['--no-demo'], { PORTCAL_DEMO: 'yes' })).settings.demo, false);
    assert.equal((await load(['--demo=off'])).settings.demo, false);
  });

  it('nobody knows are errors wherever they stand, with the nearest one that is known', async () => {
    assert.equal(await refusal(['--prot', '1']), 'unknown flag --prot (did you mean --port?)');
    assert.equal(await refusal(['--wholly-else']), 'unknown flag --wholly-else');
    assert.equal(
      await refusal([], { PORTCAL_PROT: '1' }),
      'unknown setting PORTCAL_PROT (did you mean PORTCAL_PORT?)',
    );
    assert.equal(await refusal([], { PORTCAL_HOST_FILE: 'x' }), 'unknown setting PORTCAL_HOST_FILE');
    assert.equal(
      await refusal(['--config', 'a'], {}, { a: 'pubicUrl = ""' }),
      'a: unknown setting pubicUrl (did you mean publicUrl?)',
    );
    assert.equal(
      await refusal(['--config', 'a'], {}, { a: '__proto__ = 1' }),
      'a: unknown setting __proto__',
    );
    assert.equal(await refusal(['--config', 'a'], {}, { a: '[ldap]\nurl = "x"' }), 'a: unknown setting ldap');
  });

  it('of the wrong kind are refused with what was wanted', async () => {
    assert.equal(await refusal(['--port', 'x']), '--port: wanted a whole number from 0 to 65535, not "x"');
    assert.equal(
      await refusal(['--port', '70000']),
      '--port: wanted a whole number from 0 to 65535, not "70000"',
    );
    assert.equal(await refusal(['--port']), '--port needs a value');
    assert.equal(
      await refusal([], { PORTCAL_DEMO: 'perhaps' }),
      'PORTCAL_DEMO: wanted true or false, not "perhaps"',
    );
    assert.match(
      await refusal(['--sign-in', 'magic']),
      /wanted one of app-password, password, ldap, proxy, not "magic"/,
    );
    assert.match(await refusal(['--sign-in', ',']), /wanted one or more of/);
    assert.match(await refusal(['--log-level', 'loud']), /wanted one of debug, info/);
    assert.match(
      await refusal([], { PORTCAL_CONNECTOR_KEY: 'abc' }),
      /connectorKey: a key has 64 hexadecimal digits/,
    );
    const keys = `${'a'.repeat(64)}\n${'0'.repeat(64)}\n`;
    assert.equal((await load([], { PORTCAL_CONNECTOR_KEY: keys })).settings.connectorKey, keys);
    for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '10.0.0.0/x'])
      assert.match(await refusal(['--trust-proxy', `127.0.0.1,${wrong}`]), /wanted addresses or networks/);
    for (const wrong of [
      'intranet.example.com',
      'https://*.example.com',
      'https://a.example/app',
      'https://u@a.example',
      'file://',
      'null',
    ])
      assert.match(await refusal(['--cors-origins', `https://a.example,${wrong}`]), /wanted origins like/);
    assert.match(await refusal(['--public-url', 'cal.example.com']), /wanted an address like/);
    assert.match(await refusal(['--public-url', 'https://u:p@cal.example.com']), /wanted an address like/);
    assert.match(await refusal(['--base-path', 'a b']), /wanted a path like/);
    assert.match(await refusal(['--config', 'a'], {}, { a: 'port = { a = 1 }' }), /^a: port: wanted a text/);
    assert.match(await refusal(['--config', 'a'], {}, { a: 'port = = 1' }), /^a: /);
    assert.match(await refusal(['--config', 'none']), /none: there is no file none/);
  });

  it('that hide something come from variables and files, never from a flag', async () => {
    const files = { secret: 'pass word\n', 'a.toml': 'ldapSearchPasswordFile = "secret"' };
    assert.equal((await load([], { PORTCAL_ADMIN_PASSWORD: 'x' })).settings.adminPassword, 'x');
    assert.equal(
      (await load([], { PORTCAL_ADMIN_PASSWORD_FILE: 'secret' }, files)).settings.adminPassword,
      'pass word',
    );
    assert.equal(
      (await load(['--admin-password-file', 'secret'], {}, files)).settings.adminPassword,
      'pass word',
    );
    assert.equal((await load(['--config', 'a.toml'], {}, files)).settings.ldapSearchPassword, 'pass word');
    assert.equal(
      await refusal(['--admin-password', 'x']),
      '--admin-password would show a secret to everyone on this machine: use --admin-password-file or PORTCAL_ADMIN_PASSWORD',
    );
    assert.equal(
      await refusal([], { PORTCAL_ADMIN_PASSWORD: 'x', PORTCAL_ADMIN_PASSWORD_FILE: 'secret' }, files),
      'PORTCAL_ADMIN_PASSWORD_FILE and PORTCAL_ADMIN_PASSWORD are both set',
    );
    assert.match(await refusal(['--admin-password-file', 'none']), /there is no file none/);
  });

  it('name origins as browsers write them', async () => {
    assert.deepEqual((await load()).settings.corsOrigins, []);
    const given = [
      'https://Intranet.Example.com:443/',
      'http://localhost:8000',
      'https://räksmörgås.example',
      'app://obsidian.md capacitor://localhost',
      '*',
      'http://localhost:8000',
    ].join(',');
    assert.deepEqual((await load(['--cors-origins', given])).settings.corsOrigins, [
      'https://intranet.example.com',
      'http://localhost:8000',
      'https://xn--rksmrgs-5wao1o.example',
      'app://obsidian.md',
      'capacitor://localhost',
      '*',
    ]);
  });

  it('that contradict each other are refused', async () => {
    assert.match(await refusal(['--tls-cert', 'a']), /go together/);
    assert.match(
      await refusal(['--request-timeout-seconds', '5']),
      /must not be more than requestTimeoutSeconds/,
    );
    assert.match(await refusal(['--sign-in', 'ldap']), /needs ldapUrl/);
    assert.match(
      await refusal(['--sign-in', 'ldap', '--ldap-url', 'ldap://x']),
      /either ldapBind or ldapBase/,
    );
    assert.match(await refusal(['--sign-in', 'proxy,password']), /needs trustProxy/);
    assert.match(await refusal(['--oidc-issuer', 'https://x.example']), /needs oidcClientId/);
  });

  it('are printed with their origin, secrets only as set or not', async () => {
    const printed = printedSettings(await load(['--port', '9'], { PORTCAL_ADMIN_PASSWORD: 'hunter2' }));
    const named = (name: string): unknown => printed.find((setting) => setting.name === name);
    assert.deepEqual(named('port'), {
      name: 'port',
      value: 9,
      origin: 'flag',
      help: 'TCP port; 0 takes a free one',
      flag: '--port',
      environment: 'PORTCAL_PORT',
    });
    assert.doesNotMatch(JSON.stringify(printed), /hunter2/);
    assert.match(JSON.stringify(named('adminPassword')), /"\(set\)","origin":"environment"/);
    assert.match(JSON.stringify(named('demoPassword')), /"value":""/);
  });

  it('all stand in the help', async () => {
    const help = settingsHelp();
    for (const { flag, help: meaning } of printedSettings(await load())) {
      assert.ok(help.includes(`  ${flag}`), flag);
      assert.ok(help.includes(meaning), flag);
    }
    assert.match(help, /--config FILE/);
  });

  it('give the base path by themselves or by the public address', () => {
    assert.equal(basePathOf({ basePath: '', publicUrl: '' }), '');
    assert.equal(basePathOf({ basePath: '', publicUrl: 'https://x.example' }), '');
    assert.equal(basePathOf({ basePath: '', publicUrl: 'https://x.example/a/b' }), '/a/b');
    assert.equal(basePathOf({ basePath: '/c', publicUrl: 'https://x.example/a/b' }), '/c');
  });

  it('take addresses and paths without the slash at their end', async () => {
    const { settings } = await load(['--public-url', 'https://Cal.Example.com/x/', '--base-path', 'x/y/']);
    assert.equal(settings.publicUrl, 'https://cal.example.com/x');
    assert.equal(settings.basePath, '/x/y');
    assert.equal((await load(['--public-url', ''])).settings.publicUrl, '');
    assert.equal((await load(['--base-path', '/'])).settings.basePath, '');
  });

  it('are all on the page for people, docs/settings.md (UPDATE=1 writes it anew)', () => {
    const file = fileURLToPath(new URL('../../docs/settings.md', import.meta.url));
    if (process.env['UPDATE'] === '1') writeFileSync(file, settingsPage(describedSettings()));
    assert.equal(readFileSync(file, 'utf8'), settingsPage(describedSettings()));
  });
});
