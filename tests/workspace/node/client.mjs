// Slack's own Node clients against the workspace server: what they are told goes to stdout, a JSON
// object a line; a line on stdin ends it.
import { once } from 'node:events';
import { SocketModeClient, LogLevel } from '@slack/socket-mode';
import { WebClient } from '@slack/web-api';

const { API_URL, BOT_TOKEN, APP_TOKEN } = process.env;
const tell = (what, data) => console.log(JSON.stringify({ what, ...data }));

const web = new WebClient(BOT_TOKEN, { slackApiUrl: API_URL });
const socket = new SocketModeClient({
  appToken: APP_TOKEN,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: API_URL },
});

socket.on('slash_commands', async ({ body, ack }) => {
  await ack({ text: 'On it' });
  const posted = await web.chat.postMessage({
    channel: body.channel_id,
    text: body.text,
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: body.text },
        accessory: {
          type: 'button', action_id: 'go', value: 'v', text: { type: 'plain_text', text: 'Go' },
        },
      },
    ],
  });
  tell('command', { text: body.text, ts: posted.ts });
});

socket.on('message', async ({ event, ack, retry_num: retry }) => {
  await ack();
  if (!event.bot_id) tell('message', { text: event.text, thread_ts: event.thread_ts, retry });
});

socket.on('interactive', async ({ body, ack }) => {
  await ack();
  tell('interactive', { value: body.actions[0].value, response_url: body.response_url });
});

const whoami = await web.auth.test();
tell('auth', { user_id: whoami.user_id, scopes: whoami.response_metadata.scopes });
const refused = await web.chat
  .postMessage({ channel: '#general', text: 'x', blocks: [{ type: 'nonesuch' }] })
  .catch((error) => error);
tell('refused', { error: refused.data.error, messages: refused.data.response_metadata.messages });
const uploaded = await web.filesUploadV2({
  channel_id: 'C0GENERAL01', filename: 'a.csv', file: Buffer.from('a,b\n'), title: 'Buckets',
});
tell('uploaded', { ok: uploaded.ok });
const names = [];
for await (const page of web.paginate('conversations.list', { limit: 2 })) {
  names.push(...page.channels.map((channel) => channel.name));
}
tell('channels', { names });

socket.on('connected', () => tell('connected', {}));
await socket.start();
await once(process.stdin, 'data');
await socket.disconnect();
tell('done', {});
process.exit(0);
