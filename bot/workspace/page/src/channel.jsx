// A conversation: its messages, threads, and the box to write in.
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Braces, Eye, FileDown, MessageCircle, SendHorizontal, X } from 'lucide-react';
import { MenuButton } from './app.jsx';
import { Blocks } from './blocks.jsx';
import { act, update } from './store.js';
import { Text } from './text.jsx';

const COLOURS = ['#c0563b', '#3b6fc0', '#7a4fb5', '#2f8f5b', '#b5497f'];

/** A picture for a user: the app's icon, or initials. */
export function Avatar({ user, size = 36 }) {
  if (!user) return null;
  const style = { width: size, height: size, fontSize: size * 0.42 };
  if (user.name === 's3monitor') {
    return <img className="avatar" src="/static/icon.svg" alt="" style={style} />;
  }
  const sum = [...user.id].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  const initials = user.real_name.split(' ').map((word) => word[0]).join('');
  return (
    <span className="avatar" aria-hidden style={{ ...style, background: COLOURS[sum % COLOURS.length] }}>{initials}</span>
  );
}

const moment = (ts) => new Date(Number(ts) * 1000);
const clock = new Intl.DateTimeFormat('en', { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en', { weekday: 'long', month: 'long', day: 'numeric' });

const dayName = (ts) => {
  const name = day.format(moment(ts));
  return name === day.format(new Date()) ? 'Today' : name;
};

function Attachment({ attachment, ...rest }) {
  const style = attachment.color ? { borderColor: `#${attachment.color.replace('#', '')}` } : undefined;
  return (
    <div className="attachment" style={style}>
      {attachment.title && <strong>{attachment.title}</strong>}
      {attachment.text && <Text object={{ type: 'mrkdwn', text: attachment.text }} />}
      {attachment.blocks && <Blocks blocks={attachment.blocks} {...rest} />}
    </div>
  );
}

function FileShared({ file }) {
  const url = `/page/files/${file.id}`;
  if (/\.(png|jpe?g|gif)$/i.test(file.name)) return <img className="shared" src={url} alt={file.title} />;
  return (
    <a className="file" href={url} download={file.name}>
      <FileDown size={22} aria-hidden />
      <span><strong>{file.title}</strong><small>{file.name} · {file.size.toLocaleString('en')} bytes</small></span>
    </a>
  );
}

function Body({ message, workspace, onAct }) {
  const { blocks, attachments, files, text } = message;
  return (
    <div className="body">
      {blocks?.length > 0 && <Blocks blocks={blocks} onAct={onAct} workspace={workspace} />}
      {!blocks?.length && text && (
        <div className="block"><Text object={{ type: 'mrkdwn', text }} /></div>
      )}
      {message.edited && <span className="edited">(edited)</span>}
      {attachments?.map((each, index) => (
        <Attachment key={index} attachment={each} onAct={onAct} workspace={workspace} />
      ))}
      {files?.map((file) => <FileShared key={file.id} file={file} />)}
      {message.reactions?.length > 0 && (
        <div className="reactions">
          {message.reactions.map(({ name, count }) => (
            <span key={name}><Text object={{ type: 'plain_text', text: `:${name}:` }} inline /> {count}</span>
          ))}
        </div>
      )}
    </div>
  );
}

function Status({ workspace, status }) {
  return (
    <p className="status" role="status">
      {workspace.bot.real_name} {status.status}<span className="dots" aria-hidden><i /><i /><i /></span>
    </p>
  );
}

/** One message. compact: without its author, who wrote the one above as well. */
export function Message({ message, workspace, me, compact, threaded, alone }) {
  const [source, setSource] = useState(false);
  const [error, setError] = useState('');
  const user = workspace.users[message.user];
  const channel = message.channel ?? Object.values(workspace.channels).find(({ messages }) => message.ts in messages)?.id;
  const status = workspace.statuses[`${channel}:${message.ts}`];
  const time = clock.format(moment(message.ts));
  const direct = workspace.channels[channel]?.kind === 'im';
  const thread = `#/${direct ? 'app/messages' : channel}/${message.ts}`;
  const onAct = async (block, element, value) => {
    const answer = await act('click', {
      channel, ts: message.ts, action_id: element.action_id, block_id: block.block_id, value, user: me,
    });
    setError(answer.error ?? '');
  };
  return (
    <article
      className={`message ${compact ? 'compact' : ''} ${message.is_ephemeral ? 'ephemeral' : ''}`}
      aria-label={`${user?.real_name ?? message.user}, ${time}`} data-ts={message.ts}
    >
      {message.is_ephemeral && <p className="only-you"><Eye size={13} aria-hidden /> Only visible to you</p>}
      {message.subtype === 'thread_broadcast' && !threaded && <p className="only-you">replied to a thread</p>}
      <div className="gutter">
        {compact ? <time>{time}</time> : <Avatar user={user} />}
      </div>
      <div className="message-main">
        {!compact && (
          <header>
            <strong>{user?.real_name ?? message.user}</strong>
            {user?.is_bot && <span className="badge">APP</span>}
            <time>{time}</time>
          </header>
        )}
        <Body message={message} workspace={workspace} onAct={onAct} />
        {error && <p className="input-error" role="alert">{error}</p>}
        {message.is_ephemeral && !alone && (
          <button
            className="dismiss"
            onClick={() => update({ ephemerals: workspace.ephemerals.filter(({ ts }) => ts !== message.ts) })}
          >
            Dismiss message
          </button>
        )}
        {!threaded && message.reply_count > 0 && (
          <a className="replies" href={thread}>
            {(message.reply_users ?? []).slice(0, 4).map((id) => <Avatar key={id} user={workspace.users[id]} size={22} />)}
            <strong>{message.reply_count} {message.reply_count === 1 ? 'reply' : 'replies'}</strong>
            <span>Last reply at {clock.format(moment(message.latest_reply))}</span>
          </a>
        )}
        {status && !threaded && <Status workspace={workspace} status={status} />}
        {source && <pre className="source">{JSON.stringify(message.blocks ?? message, null, 2)}</pre>}
      </div>
      {!alone && (
        <div className="message-tools">
          {!threaded && !message.is_ephemeral && (
            <a href={thread} aria-label="Reply in thread" title="Reply in thread"><MessageCircle size={17} /></a>
          )}
          <button
            aria-label="Show its JSON" title="Show its JSON" aria-pressed={source} onClick={() => setSource(!source)}
          >
            <Braces size={17} />
          </button>
        </div>
      )}
    </article>
  );
}

/** Messages with days between them, kept at the newest unless one scrolled up. */
function Messages({ messages, children, label, divideDays, ...rest }) {
  const box = useRef(null);
  const stuck = useRef(true);
  useLayoutEffect(() => {
    if (stuck.current) box.current.scrollTop = box.current.scrollHeight;
  });
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (stuck.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(box.current.firstChild);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      className="messages" ref={box} role="log" aria-label={label} tabIndex={0}
      onScroll={({ target }) => {
        stuck.current = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
      }}
    >
      <div>
        {children}
        {messages.map((message, index) => {
          const before = messages[index - 1];
          const newDay = divideDays && (!before || dayName(before.ts) !== dayName(message.ts));
          const compact =
            before && !newDay && before.user === message.user && !before.is_ephemeral &&
            !message.is_ephemeral && !before.reply_count && message.ts - before.ts < 300 &&
            !message.blocks;
          return (
            <div key={message.ts}>
              {newDay && <div className="day"><span>{dayName(message.ts)}</span></div>}
              <Message message={message} compact={compact} {...rest} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Composer({ channel, threadTs, workspace, me, placeholder, draft, setDraft }) {
  const area = useRef(null);
  const [error, setError] = useState('');
  const commands = workspace.commands.filter(
    ({ command }) => !threadTs && /^\/\S*$/.test(draft) && command.startsWith(draft),
  );
  const [picked, setPicked] = useState(0);
  useLayoutEffect(() => {
    area.current.style.height = 'auto';
    area.current.style.height = `${Math.min(area.current.scrollHeight, 240)}px`;
  }, [draft]);
  const send = async () => {
    if (!draft.trim()) return;
    const text = draft;
    setDraft('');
    const answer = await act('send', { channel: channel.id, thread_ts: threadTs, text, user: me });
    setError(answer.error ?? '');
    if (answer.error) setDraft(text);
  };
  const complete = (command) => {
    setDraft(`${command} `);
    area.current.focus();
  };
  const onKeyDown = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (commands.length > 0) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        setPicked((picked + step + commands.length) % commands.length);
        return;
      }
      const chosen = commands[Math.min(picked, commands.length - 1)].command;
      if (event.key === 'Tab' || (event.key === 'Enter' && chosen !== draft)) {
        event.preventDefault();
        complete(chosen);
        return;
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {commands.length > 0 && (
        <ul className="commands" role="listbox" aria-label="Commands">
          {commands.map(({ command, description, usage_hint: hint }, index) => (
            <li
              key={command} role="option" aria-selected={index === Math.min(picked, commands.length - 1)}
              onPointerDown={(event) => {
                event.preventDefault();
                complete(command);
              }}
            >
              <strong>{command}</strong> <code>{hint}</code>
              <small>{description}</small>
            </li>
          ))}
        </ul>
      )}
      {error && <p className="composer-error" role="alert">{error}</p>}
      <textarea
        // Not on phones, where the focus would bring up the keyboard.
        autoFocus={window.matchMedia('(hover: hover)').matches}
        ref={area} rows={1} value={draft} placeholder={placeholder} aria-label={placeholder}
        onChange={({ target }) => setDraft(target.value)} onKeyDown={onKeyDown}
      />
      <button className="send" aria-label="Send" disabled={!draft.trim()}><SendHorizontal size={18} /></button>
    </form>
  );
}

/** A channel, or direct messages. */
export function Conversation({ channel, workspace, me, header, onMenu }) {
  const [draft, setDraft] = useState('');
  const direct = channel.kind === 'im';
  const shown = [
    ...Object.values(channel.messages).filter(
      ({ ts, thread_ts: root, subtype }) => !root || root === ts || subtype === 'thread_broadcast',
    ),
    ...workspace.ephemerals.filter(
      (each) => each.channel === channel.id && each.to === me && !each.thread_ts,
    ),
  ].sort((a, b) => a.ts - b.ts);
  const member = channel.members.includes(workspace.bot.id);
  const name = direct ? workspace.bot.real_name : `#${channel.name}`;
  return (
    <main className="conversation">
      <header className={`bar ${direct ? 'tabbed' : ''}`}><MenuButton onMenu={onMenu} />{header}</header>
      <Messages messages={shown} label={name} workspace={workspace} me={me} divideDays>
        <div className="beginning">
          {direct ? <Avatar user={workspace.bot} size={56} /> : null}
          <h2>{name}</h2>
          <p>
            {direct
              ? `Your direct messages with ${workspace.bot.real_name}.`
              : <>This is the very beginning of <strong>{name}</strong>. {channel.topic && `${channel.topic}.`}</>}
            {!member && ` ${workspace.bot.real_name} is not in this channel.`}
          </p>
          {workspace.suggestions.length > 0 && member && (
            <div className="suggestions">
              <span>Try</span>
              {workspace.suggestions.map((text) => (
                <button key={text} onClick={() => setDraft(text)}><code>{text}</code></button>
              ))}
            </div>
          )}
          {!member && (
            <button className="button" onClick={() => act('invite', { channel: channel.id })}>
              Add {workspace.bot.real_name}
            </button>
          )}
        </div>
      </Messages>
      <Composer
        channel={channel} workspace={workspace} me={me} placeholder={`Message ${name}`}
        draft={draft} setDraft={setDraft}
      />
    </main>
  );
}

/** A thread, beside its channel. */
export function Thread({ channel, ts, workspace, me, onClose }) {
  const [draft, setDraft] = useState('');
  const root = channel.messages[ts];
  const replies = [
    ...Object.values(channel.messages).filter((each) => each.thread_ts === ts && each.ts !== ts),
    ...workspace.ephemerals.filter((each) => each.thread_ts === ts && each.to === me),
  ].sort((a, b) => a.ts - b.ts);
  const status = workspace.statuses[`${channel.id}:${ts}`];
  useEffect(() => {
    const onKeyDown = (event) => event.key === 'Escape' && !event.target.closest?.('dialog, .menu') && onClose();
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [onClose]);
  return (
    <aside className="thread" aria-label="Thread">
      <header className="bar">
        <h1>Thread</h1>
        <p className="topic">{channel.kind === 'im' ? workspace.bot.real_name : `#${channel.name}`}</p>
        <button className="plain close" aria-label="Close thread" onClick={onClose}><X size={20} /></button>
      </header>
      <Messages messages={replies} label="Replies" workspace={workspace} me={me} threaded>
        {root ? <Message message={root} workspace={workspace} me={me} threaded /> : <p className="empty">This message is gone.</p>}
        {replies.length > 0 && (
          <div className="reply-count"><span>{replies.length} {replies.length === 1 ? 'reply' : 'replies'}</span></div>
        )}
      </Messages>
      {status && <Status workspace={workspace} status={status} />}
      <Composer
        channel={channel} threadTs={ts} workspace={workspace} me={me} placeholder="Reply…"
        draft={draft} setDraft={setDraft}
      />
    </aside>
  );
}
