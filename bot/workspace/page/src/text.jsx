// Text objects, mrkdwn and Markdown.
import { createContext, useContext } from 'react';
import { emojify, get as emoji } from 'node-emoji';
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { Message } from 'slack-blocks-to-jsx';
import { NodeType, parse } from 'slack-message-parser';

/** theme and data for the renderers. */
export const Rendering = createContext({ theme: 'light', data: { users: [], channels: [] } });

/** Display blocks that slack-blocks-to-jsx draws as Slack does. */
export function Drawn({ blocks }) {
  const { theme, data } = useContext(Rendering);
  return <Message blocks={blocks} data={data} theme={theme} withoutWrapper name="" logo="" />;
}

const away = { target: '_blank', rel: 'noreferrer noopener' };

// Slack formats what stands between any punctuation, the parser only beside some of it; but it
// takes this invisible space everywhere, and `decode` takes it out again.
const GAP = '\uFEFF';
const SPANS = [
  /```[^]+?```/gu,
  /`[^`\n]+`/gu,
  ...['\\*', '_', '~'].map(
    (mark) =>
      new RegExp(`(?<![\\p{L}\\p{N}${mark}])${mark}(?!\\s)[^${mark}\\n]+(?<!\\s)${mark}(?![\\p{L}\\p{N}${mark}])`, 'gu'),
  ),
];
const punctuation = (character) => character && !/[\s\p{L}\p{N}`*_~]/u.test(character);
const spaced = (text) =>
  SPANS.reduce(
    (whole, span) =>
      whole.replace(span, (match, at, all) => {
        const before = punctuation(all[at - 1]) ? GAP : '';
        return before + match + (punctuation(all[at + match.length]) ? GAP : '');
      }),
    text,
  );

// Slack escapes exactly these three.
const decode = (text) =>
  text.replaceAll(GAP, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const format = (options) => new Intl.DateTimeFormat('en', options);
const DATES = {
  date: format({ year: 'numeric', month: 'long', day: 'numeric' }),
  date_short: format({ year: 'numeric', month: 'short', day: 'numeric' }),
  date_long: format({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
  time: format({ hour: 'numeric', minute: '2-digit' }),
  time_secs: format({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
};
const DAY_MS = 86_400_000;

function ago(moment) {
  const minutes = Math.round((Date.now() - moment) / 60_000);
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (Math.abs(minutes) < 60) return relative.format(-minutes, 'minute');
  if (Math.abs(minutes) < 1440) return relative.format(-Math.round(minutes / 60), 'hour');
  return relative.format(-Math.round(minutes / 1440), 'day');
}

/** A date by Slack's tokens, in this machine's time zone. */
function dated(seconds, pattern) {
  const moment = new Date(Number(seconds) * 1000);
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  const days = Math.round((midnight(moment) - midnight(new Date())) / DAY_MS);
  const pretty = { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[days];
  return pattern.replace(/\{(\w+)\}/g, (token, name) => {
    if (name === 'date_num') return moment.toLocaleDateString('sv');
    if (name === 'ago') return ago(moment);
    if (name.endsWith('_pretty')) return pretty ?? DATES[name.replace('_pretty', '')]?.format(moment) ?? token;
    return DATES[name]?.format(moment) ?? token;
  });
}

function Mention({ children, loud }) {
  return <span className={`mention ${loud ? 'loud' : ''}`}>{children}</span>;
}

/** Bare addresses become links, as they do in Slack unless the text is verbatim. */
function Words({ text, verbatim }) {
  if (verbatim) return text;
  return text.split(/(https?:\/\/[^\s<>]+[^\s<>.,;:!?)])/).map((part, index) =>
    index % 2 ? <a key={index} href={part} {...away}>{part}</a> : part,
  );
}

// What ends a block of its own also ends its line: the line break after it is not drawn again.
const OWN_LINES = new Set([NodeType.PreText, NodeType.Quote]);
const tidied = (nodes) =>
  nodes.map((node, index) =>
    node.type === NodeType.Text && OWN_LINES.has(nodes[index - 1]?.type)
      ? { ...node, text: node.text.replace(/^\n/, '') }
      : node,
  );

// The space after a quote's mark belongs to the mark.
const unspaced = ([first, ...rest]) =>
  first?.type === NodeType.Text ? [{ ...first, text: first.text.trimStart() }, ...rest] : [first, ...rest];

// Slack takes a quote's mark both escaped and bare; the parser knows it escaped.
const tree = (text) => parse(spaced(text.replace(/^>/gm, '&gt;')));

function Node({ node, verbatim }) {
  const { data } = useContext(Rendering);
  const inside = (nodes) => nodes.map((each, index) => <Node key={index} node={each} verbatim={verbatim} />);
  const label = node.label && inside(node.label);
  switch (node.type) {
    case NodeType.Root:
      return inside(tidied(node.children));
    case NodeType.Text:
      return <Words text={decode(node.text)} verbatim={verbatim} />;
    case NodeType.Bold:
      return <strong>{inside(node.children)}</strong>;
    case NodeType.Italic:
      return <em>{inside(node.children)}</em>;
    case NodeType.Strike:
      return <s>{inside(node.children)}</s>;
    case NodeType.Quote:
      return <blockquote>{inside(unspaced(node.children))}</blockquote>;
    case NodeType.Code:
      return <code>{decode(node.text)}</code>;
    case NodeType.PreText:
      return <pre>{decode(node.text).replace(/^\n/, '')}</pre>;
    case NodeType.Emoji:
      // `arn:aws:s3` and `10:30:45` hold no emoji: what is none stays as it was typed.
      return emoji(node.name) ?? decode(node.source);
    case NodeType.URL:
      return <a href={decode(node.url)} {...away}>{label ?? decode(node.url)}</a>;
    case NodeType.UserLink:
      return <Mention>@{label ?? data.users.find(({ id }) => id === node.userID)?.name ?? decode(node.userID)}</Mention>;
    case NodeType.ChannelLink:
      return <Mention>#{label ?? data.channels.find(({ id }) => id === node.channelID)?.name ?? decode(node.channelID)}</Mention>;
    case NodeType.Command:
      if (node.name === 'date') {
        const [seconds, pattern, link] = node.arguments;
        const time = <time>{dated(decode(seconds), decode(pattern))}</time>;
        return link ? <a href={decode(link)} {...away}>{time}</a> : time;
      }
      return <Mention loud>@{label ?? node.name}</Mention>;
    default:
      return decode(node.source);
  }
}

/** A text object; inline, it flows with what is around it. */
export function Text({ object, inline = false }) {
  if (!object) return null;
  const drawn = object.type === 'mrkdwn'
    ? <Node node={tree(object.text)} verbatim={object.verbatim} />
    : object.emoji === false ? object.text : emojify(object.text);
  return inline ? <span className="mrkdwn">{drawn}</span> : <div className="mrkdwn">{drawn}</div>;
}

/** A `markdown` block: standard Markdown. Pictures in it are named, not fetched. */
export function Markdown({ text }) {
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        components={{
          a: ({ node, ...props }) => <a {...away} {...props} />,
          img: ({ alt }) => <span className="picture-away">🖼 {alt}</span>,
          table: ({ node, ...props }) => (
            <div className="table" tabIndex={0} role="region" aria-label="Table"><table {...props} /></div>
          ),
        }}
      >
        {emojify(text)}
      </ReactMarkdown>
    </div>
  );
}
