// A message's blocks, each drawn from the JSON that the bot sent.
import { Component, useState } from 'react';
import { ChevronDown } from 'lucide-react';
import { Element, Unknown } from './elements.jsx';
import { DataTable, Table } from './tables.jsx';
import { Drawn, Markdown, Text } from './text.jsx';

const DRAWN = new Set(['alert', 'data_visualization', 'divider', 'plan', 'rich_text', 'task_card']);

function Section({ block, ...rest }) {
  const { accessory, fields, text } = block;
  return (
    <div className="section">
      <div className="section-text">
        <Text object={text} />
        {fields && (
          <div className="fields">{fields.map((field, index) => <Text key={index} object={field} />)}</div>
        )}
      </div>
      {accessory && (
        <div className="section-accessory">
          {accessory.type === 'image'
            ? <Picture source={accessory} className="thumbnail" />
            : <Element element={accessory} {...rest} />}
        </div>
      )}
    </div>
  );
}

/** A picture. One on the network is not fetched: no request leaves the machine. */
function Picture({ source, className }) {
  const file = source.slack_file?.id;
  const url = file ? `/page/files/${file}` : source.image_url;
  const local = file || new URL(url, window.location.href).origin === window.location.origin;
  if (!local) {
    return <span className={`picture-away ${className ?? ''}`} title={url}>🖼 {source.alt_text}</span>;
  }
  return <img className={className} src={url} alt={source.alt_text} />;
}

function Header({ block }) {
  const Tag = `h${block.level ?? 3}`;
  return <Tag className="header"><Text object={block.text} inline /></Tag>;
}

function Context({ block }) {
  return (
    <div className="context">
      {block.elements.map((element, index) =>
        element.type === 'image'
          ? <Picture key={index} source={element} className="context-image" />
          : <Text key={index} object={element} inline />)}
    </div>
  );
}

function ImageBlock({ block }) {
  return (
    <figure className="image">
      {block.title && <figcaption>{block.title.text}</figcaption>}
      <Picture source={block} />
    </figure>
  );
}

function Container({ block, ...rest }) {
  const [open, setOpen] = useState(!block.default_collapsed);
  const title = block.rich_text_title
    ? <Drawn blocks={[block.rich_text_title]} />
    : <Text object={block.title} inline />;
  const heading = (
    <span className="container-heading">
      {block.icon && <Picture source={block.icon} className="thumbnail small" />}
      <span>
        <strong>{title}</strong>
        {block.subtitle && <small><Text object={block.subtitle} inline /></small>}
      </span>
    </span>
  );
  return (
    <section className={`container ${block.width ?? 'standard'}`}>
      {block.is_collapsible ? (
        <button className="container-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          {heading}
          <ChevronDown size={18} className={open ? 'open' : ''} aria-hidden />
        </button>
      ) : heading}
      {block.has_header_divider && open && <hr />}
      {open && <Blocks blocks={block.child_blocks} {...rest} />}
    </section>
  );
}

function Card({ block, ...rest }) {
  return (
    <article className="card">
      {block.hero_image && <Picture source={block.hero_image} className="hero" />}
      <div className="card-body">
        {block.title && <strong><Text object={block.title} inline /></strong>}
        {block.subtitle && <small><Text object={block.subtitle} inline /></small>}
        <Text object={block.body} />
        {block.subtext && <small><Text object={block.subtext} inline /></small>}
        {block.actions && (
          <div className="actions">
            {block.actions.map((each) => <Element key={each.action_id} element={each} {...rest} />)}
          </div>
        )}
      </div>
    </article>
  );
}

function Input({ block, errors, ...rest }) {
  return (
    <div className="input">
      <span className="input-label">
        {block.label.text}
        {block.optional && <small> (optional)</small>}
      </span>
      <Element element={block.element} {...rest} />
      {errors?.[block.block_id] && <p className="input-error" role="alert">{errors[block.block_id]}</p>}
      {block.hint && <small className="input-hint">{block.hint.text}</small>}
    </div>
  );
}

function Block({ block, onAct, ...rest }) {
  const parts = { block, onAct: (element, value) => onAct(block, element, value), ...rest };
  if (DRAWN.has(block.type)) return <Drawn blocks={[block]} />;
  switch (block.type) {
    case 'header':
      return <Header block={block} />;
    case 'context':
      return <Context block={block} />;
    case 'section':
      return <Section {...parts} />;
    case 'table':
      return <Table block={block} />;
    case 'data_table':
      return <DataTable block={block} />;
    case 'markdown':
      return <Markdown text={block.text} />;
    case 'image':
      return <ImageBlock block={block} />;
    case 'container':
      return <Container block={block} onAct={onAct} {...rest} />;
    case 'card':
      return <Card {...parts} />;
    case 'carousel':
      return (
        <div className="carousel" tabIndex={0} role="region" aria-label="Cards">
          {block.elements.map((card, index) => <Card key={index} {...parts} block={card} />)}
        </div>
      );
    case 'actions':
    case 'context_actions':
      return (
        <div className="actions">
          {block.elements.map((each) => (
            <Element key={each.action_id} element={each} onAct={parts.onAct} {...rest} />
          ))}
        </div>
      );
    case 'input':
      return <Input {...parts} />;
    default:
      return <Unknown what="block" json={block} />;
  }
}

/** A block that breaks its renderer is shown as such, and the others stay. */
class Guard extends Component {
  state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  render() {
    return this.state.broken ? <Unknown what="block" json={this.props.json} /> : this.props.children;
  }
}

/** All blocks; `onAct(block, element, value)` is told what was pressed or chosen. */
export function Blocks({ blocks, ...rest }) {
  return blocks.map((block, index) => (
    <Guard key={`${block.block_id}${index}`} json={block}>
      <div className="block" data-block={block.type}><Block block={block} {...rest} /></div>
    </Guard>
  ));
}
