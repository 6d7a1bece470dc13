// What the page knows, kept up to date by the server's stream of changes.
import { useSyncExternalStore } from 'react';

const listeners = new Set();
let state = null;

const set = (next) => {
  state = next;
  listeners.forEach((listener) => listener());
};

export const useWorkspace = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );

const withMessages = (channel, change) => {
  const known = state.channels[channel];
  if (!known) return state;
  const messages = { ...known.messages };
  change(messages);
  return { ...state, channels: { ...state.channels, [channel]: { ...known, messages } } };
};

const apply = ({ kind, channel, data }) => {
  switch (kind) {
    case 'message':
    case 'message_changed':
    case 'reaction':
      return withMessages(channel, (messages) => {
        messages[data.ts] = data;
        const root = messages[data.thread_ts];
        if (kind === 'message' && root && root.ts !== data.ts) {
          const users = new Set([...(root.reply_users ?? []), data.user]);
          messages[root.ts] = {
            ...root,
            thread_ts: root.ts,
            reply_count: (root.reply_count ?? 0) + 1,
            reply_users: [...users],
            latest_reply: data.ts,
          };
        }
      });
    case 'message_deleted':
      return withMessages(channel, (messages) => delete messages[data.ts]);
    case 'ephemeral':
      return { ...state, ephemerals: [...state.ephemerals, data] };
    case 'ephemeral_deleted':
      return { ...state, ephemerals: state.ephemerals.filter(({ ts }) => ts !== data.ts) };
    case 'status': {
      const statuses = { ...state.statuses };
      const key = `${channel}:${data.thread_ts}`;
      if (data.status) statuses[key] = data;
      else delete statuses[key];
      return { ...state, statuses };
    }
    case 'home':
      return { ...state, homes: { ...state.homes, [data.user]: data.view } };
    case 'view':
      return { ...state, modal: data };
    case 'membership': {
      const known = state.channels[channel];
      const changed = { ...known, members: data.members };
      return { ...state, channels: { ...state.channels, [channel]: changed } };
    }
    case 'socket':
      return { ...state, connections: data.connections };
    default:
      return state;
  }
};

/** Load everything and follow what happens from there; reloads when the server was restarted. */
export async function follow() {
  const loaded = await (await fetch('/page/state')).json();
  set({ ...loaded, online: true, modal: null });
  const stream = new EventSource(`/page/changes?from=${loaded.position}`);
  stream.onmessage = ({ data }) => set(apply(JSON.parse(data)));
  stream.addEventListener('epoch', ({ data }) => {
    if (data !== loaded.epoch) window.location.reload();
    else set({ ...state, online: true });
  });
  stream.onerror = () => set({ ...state, online: false });
}

/** Change what only this page knows, such as the closed modal or a dismissed message. */
export const update = (parts) => set({ ...state, ...parts });

/** Ask the server to do what a person does; the answer, `{error}` when it cannot. */
export async function act(what, parts) {
  const body = JSON.stringify({ do: what, ...parts });
  const headers = { 'Content-Type': 'application/json' };
  try {
    const response = await fetch('/page/act', { method: 'POST', headers, body });
    if (response.ok) return await response.json();
    return { error: `The workspace answered ${response.status}.` };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { error: 'The workspace does not answer.' };
  }
}
