/** The programs of docs/consumers.md that send email, as the page has them. An SMTP server replaces Amazon SES. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { SMTPServer } from 'smtp-server';
import ts from 'typescript';
import { emulatorPython } from '../../local-aws/virtual-environment';
import { pageOf } from '../../package/pages/markdown';
import { read, ROOT } from '../../package/pages/repository';
import { LocalAws } from '../support';

const run = promisify(execFile);
const HOST = 'localhost';

let aws: LocalAws;
let server: SMTPServer;
let directory: string;
/** The SMTP passwords that Amazon SES would accept, by user name: those of active keys. */
let accepted: Map<string, string>;
const received: { readonly user: string; readonly text: string }[] = [];

beforeAll(async () => {
  aws = await LocalAws.start();
  directory = mkdtempSync(join(tmpdir(), 'email-'));
  const { private: key, cert } = await generate([{ name: 'commonName', value: HOST }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] },
    ],
  });
  writeFileSync(join(directory, 'ca.pem'), cert);
  server = new SMTPServer({
    key,
    cert,
    onAuth({ username = '', password }, { secure }, answer) {
      const isAccepted = secure && password !== undefined && accepted.get(username) === password;
      answer(isAccepted ? null : new Error('535 Authentication Credentials Invalid'), { user: username });
    },
    onData(stream, { user }, answer) {
      let text = '';
      stream.on('data', (chunk) => (text += chunk));
      stream.on('end', () => {
        received.push({ user: `${user}`, text });
        answer();
      });
    },
  });
  server.listen(0, HOST);
  await once(server.server, 'listening');
});
afterAll(async () => {
  await new Promise<void>((done) => server.close(done));
  rmSync(directory, { recursive: true });
  await aws.emulator.stop();
});

/** The program of the page in this language, with the address of our server. */
function program(language: string): string {
  const [found] = pageOf(read('docs/consumers.md')).fences.filter(
    ({ info, text }) => info === language && text.includes('email-smtp.'),
  );
  const { port } = server.server.address() as AddressInfo;
  const text = found.text.replace(/email-smtp\.\$?\{region\}\.amazonaws\.com/i, HOST).replace(/\b587\b/, `${port}`);
  expect(text).not.toMatch(/587|amazonaws/);
  return text;
}

const PROGRAMS = {
  async python(): Promise<void> {
    const message = 'message = EmailMessage()\nmessage["From"] = message["To"] = "a@example.com"';
    const text = `${program('python')}\n${message}\nmessage.set_content("from Python")\nsend(message)\n`;
    await start(await emulatorPython(), ['-c', text], { SSL_CERT_FILE: join(directory, 'ca.pem') });
  },
  async typescript(): Promise<void> {
    const { outputText } = ts.transpileModule(program('ts nofixture'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    });
    const message = { from: 'a@example.com', to: 'a@example.com', text: 'from TypeScript' };
    const text = `${outputText}\nexports.send(${JSON.stringify(message)});`;
    await start(process.execPath, ['-e', text], {
      NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem'),
      NODE_PATH: join(ROOT, 'node_modules'),
    });
  },
};

async function start(command: string, args: string[], env: Record<string, string>): Promise<void> {
  const { endpoint, region, credentials } = aws.emulator.clientConfig;
  await run(command, args, {
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region, // for boto3
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...env,
    },
  });
}

test('both programs send email before, during and after a rotation, and an old password stops working', async () => {
  await aws.deploy(() => ({ users: [{ userName: 'mailer', sesSmtpRegions: ['eu-west-1'] }] }));
  const passwords = new Map<string, string>();
  for (const days of [0, 90, 14, 14]) {
    await aws.emulator.advanceDays(days);
    const value = await aws.secretValue('mailer');
    passwords.set(value.AccessKey, value.SmtpPassword_eu_west_1);
    const statuses = await aws.keys('mailer');
    accepted = new Map([...passwords].filter(([keyId]) => statuses[keyId] === 'Active'));
    received.length = 0;
    await PROGRAMS.python();
    await PROGRAMS.typescript();
    expect(received).toEqual([
      { user: value.AccessKey, text: expect.stringContaining('from Python') },
      { user: value.AccessKey, text: expect.stringContaining('from TypeScript') },
    ]);
  }
  expect(passwords.size).toBe(2);
  expect(accepted.size).toBe(1);
});

test('the server accepts no other password, and the programs fail', async () => {
  accepted = new Map([['AKIAOTHER', 'other']]);
  await expect(PROGRAMS.python()).rejects.toThrow('535');
  await expect(PROGRAMS.typescript()).rejects.toThrow('535');
});
