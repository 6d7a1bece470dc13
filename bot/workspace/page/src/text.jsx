// Text objects, mrkdwn and Markdown.
import { createContext, useContext } from 'react';
import { emojify } from 'node-emoji';
import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { Message } from 'slack-blocks-to-jsx';

/** theme and data for the renderer. */
export const Rendering = createContext({ theme: 'light', data: { users: [], channels: [] } });

/** Display blocks that slack-blocks-to-jsx knows how to draw. */
export function Drawn({ blocks }) {
  const { theme, data } = useContext(Rendering);
  return <Message blocks={blocks} data={data} theme={theme} withoutWrapper name="" logo="" />;
}

/** A text object; inline, it flows with what is around it. */
export function Text({ object, inline = false }) {
  if (!object) return null;
  if (inline && object.type === 'plain_text') {
    return object.emoji === false ? object.text : emojify(object.text);
  }
  return (
    <span className={inline ? 'text inline' : 'text'}>
      <Drawn blocks={[{ type: 'section', text: object }]} />
    </span>
  );
}

const away = { target: '_blank', rel: 'noreferrer noopener' };

/** A `markdown` block: standard Markdown. Pictures in it are named, not fetched. */
export function Markdown({ text }) {
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        components={{
          a: ({ node, ...props }) => <a {...away} {...props} />,
          img: ({ alt }) => <span className="picture-away">🖼 {alt}</span>,
          table: ({ node, ...props }) => <div className="table" tabIndex={0} role="region" aria-label="Table"><table {...props} /></div>,
        }}
      >
        {emojify(text)}
      </ReactMarkdown>
    </div>
  );
}
