// The shell: channels at the left, a conversation or the app in the middle, a thread at the right.
import { useEffect, useMemo, useState } from 'react';
import { Hash, Lock, Menu as MenuIcon, Moon, Sun, X } from 'lucide-react';
import { Blocks } from './blocks.jsx';
import { Avatar, Conversation, Message, Thread } from './channel.jsx';
import { Modal } from './modal.jsx';
import { act, useWorkspace } from './store.js';
import { Rendering } from './text.jsx';

/** The place in the address: `#/<channel>`, `#/<channel>/<thread ts>`, `#/app/home`, `#/app/messages/<thread ts>`. */
function usePlace(home) {
  const read = () => window.location.hash.slice(2).split('/').filter(Boolean);
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const changed = () => setPlace(read());
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return [place.length ? place : [home], (...parts) => (window.location.hash = `#/${parts.join('/')}`)];
}

function useTheme() {
  const asked = new URLSearchParams(window.location.search).get('theme');
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const [theme, setTheme] = useState(
    asked ?? window.localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light'),
  );
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const turn = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    window.localStorage.setItem('theme', next);
    setTheme(next);
  };
  return [theme, turn];
}

function ChannelIcon({ channel, size = 16 }) {
  return channel.kind === 'group' ? <Lock size={size} aria-hidden /> : <Hash size={size} aria-hidden />;
}

function Sidebar({ workspace, me, setMe, place, theme, turnTheme, onGo }) {
  const channels = Object.values(workspace.channels).filter(({ kind }) => kind !== 'im');
  const people = Object.values(workspace.users).filter((user) => !user.is_bot);
  const entry = (key, current, label, icon) => (
    <li key={key}>
      <a href={`#/${key}`} aria-current={current ? 'page' : undefined} onClick={onGo}>{icon}<span>{label}</span></a>
    </li>
  );
  return (
    <nav className="sidebar" aria-label="Channels">
      <header>
        <strong>{workspace.team.name}</strong>
        <span className="local">Local workspace</span>
      </header>
      <div className="sidebar-lists">
        <h2>Channels</h2>
        <ul>
          {channels.map((channel) =>
            entry(channel.id, place[0] === channel.id, channel.name, <ChannelIcon channel={channel} />))}
        </ul>
        <h2>Apps</h2>
        <ul>
          {entry('app/home', place[0] === 'app', workspace.bot.real_name, <Avatar user={workspace.bot} size={20} />)}
        </ul>
      </div>
      <footer>
        <p className="link-state" data-linked={workspace.online && (workspace.connections > 0 || workspace.transport === 'http')}>
          {!workspace.online ? 'The workspace has stopped'
            : workspace.connections ? 'Connected by Socket Mode'
            : workspace.transport === 'http' ? 'Connected by HTTP'
            : 'No app is connected'}
        </p>
        <div className="sidebar-me">
          <Avatar user={workspace.users[me]} size={28} />
          <label>
            <span className="hidden">You are</span>
            <select value={me} onChange={({ target }) => setMe(target.value)}>
              {people.map((user) => <option key={user.id} value={user.id}>{user.real_name}</option>)}
            </select>
          </label>
          <button className="plain" aria-label={theme === 'dark' ? 'Use light colours' : 'Use dark colours'} onClick={turnTheme}>
            {theme === 'dark' ? <Sun size={18} /> : <Moon size={18} />}
          </button>
        </div>
      </footer>
    </nav>
  );
}

function AppPage({ workspace, me, tab, direct, onMenu }) {
  const home = workspace.homes[me];
  useEffect(() => {
    if (tab === 'home') act('home', { user: me });
  }, [tab, me]);
  const onAct = (block, element, value) =>
    act('click', { view_id: home.id, action_id: element.action_id, block_id: block.block_id, value, user: me });
  const link = (name, label) => (
    <a href={`#/app/${name}`} role="tab" aria-selected={tab === name}>{label}</a>
  );
  const header = (
    <>
      <h1><Avatar user={workspace.bot} size={24} /> {workspace.bot.real_name}</h1>
      <div className="tabs" role="tablist">{link('home', 'Home')}{link('messages', 'Messages')}</div>
    </>
  );
  if (tab === 'messages') {
    return <Conversation channel={direct} workspace={workspace} me={me} header={header} onMenu={onMenu} />;
  }
  return (
    <main className="conversation">
      <header className="bar tabbed"><MenuButton onMenu={onMenu} />{header}</header>
      <div className="home" data-testid="home">
        {home
          ? <Blocks blocks={home.blocks} onAct={onAct} workspace={workspace} key={home.hash} />
          : <p className="empty">{workspace.bot.real_name} has not published a Home tab for you yet.</p>}
      </div>
    </main>
  );
}

export function MenuButton({ onMenu }) {
  return (
    <button className="plain menu-button" aria-label="Show channels" onClick={onMenu}><MenuIcon size={20} /></button>
  );
}

/** One message alone: what the gallery takes a picture of. */
function One({ workspace, channel, ts }) {
  const message = workspace.channels[channel]?.messages[ts]
    ?? workspace.ephemerals.find((each) => each.ts === ts);
  return (
    <div className="one" data-testid="one">
      {message && <Message message={message} workspace={workspace} me={message.to} alone />}
    </div>
  );
}

export function App() {
  const workspace = useWorkspace();
  const [place, go] = usePlace(workspace.home_channel);
  const [theme, turnTheme] = useTheme();
  const [me, setMe] = useState(workspace.me);
  const [drawer, setDrawer] = useState(false);
  const rendering = useMemo(
    () => ({
      theme,
      data: {
        users: Object.values(workspace.users).map(({ id, name }) => ({ id, name })),
        channels: Object.values(workspace.channels).map(({ id, name }) => ({ id, name })),
        user_groups: [],
      },
    }),
    [theme, workspace.users, workspace.channels],
  );
  const channel = workspace.channels[place[0]];
  const direct = Object.values(workspace.channels).find(
    ({ kind, members }) => kind === 'im' && members.includes(me),
  );
  const inMessages = place[0] === 'app' && place[1] === 'messages';
  const thread = inMessages ? place[2] : channel && place[1];
  useEffect(() => {
    const name = place[0] === 'app' ? workspace.bot.real_name : `#${channel?.name ?? ''}`;
    document.title = `${name} – ${workspace.team.name} (local workspace)`;
  }, [place[0]]);
  if (place[0] === 'one') {
    return (
      <Rendering.Provider value={rendering}>
        <One workspace={workspace} channel={place[1]} ts={place[2]} />
      </Rendering.Provider>
    );
  }
  const onMenu = () => setDrawer(true);
  return (
    <Rendering.Provider value={rendering}>
      <div className={`shell ${drawer ? 'drawer' : ''} ${thread ? 'threaded' : ''}`}>
        <Sidebar
          workspace={workspace} me={me} setMe={setMe} place={place} theme={theme}
          turnTheme={turnTheme} onGo={() => setDrawer(false)}
        />
        {drawer && (
          <button className="curtain" aria-label="Hide channels" onClick={() => setDrawer(false)}><X size={20} /></button>
        )}
        {place[0] === 'app' && (
          <AppPage workspace={workspace} me={me} tab={place[1] ?? 'home'} direct={direct} onMenu={onMenu} />
        )}
        {channel && (
          <Conversation
            key={channel.id} channel={channel} workspace={workspace} me={me} onMenu={onMenu}
            header={
              <>
                <h1><ChannelIcon channel={channel} size={18} /> {channel.name}</h1>
                {channel.topic && <p className="topic">{channel.topic}</p>}
              </>
            }
          />
        )}
        {place[0] !== 'app' && !channel && <p className="empty">There is no such channel.</p>}
        {thread && (
          <Thread
            key={thread} channel={inMessages ? direct : channel} ts={thread} workspace={workspace}
            me={me} onClose={() => (inMessages ? go('app', 'messages') : go(channel.id))}
          />
        )}
        <Modal workspace={workspace} me={me} />
      </div>
    </Rendering.Provider>
  );
}

