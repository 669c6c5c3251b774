/**
 * A server that knows eight operations, keeps what it is given, and says of it only what it was told: written from the samples
 * in Microsoft's documents and from nothing else of this project.
 */
import { type DocumentElement, xmlDocument } from '../../../src/xml/document.ts';
import { localNameOf, xmlName } from '../../../src/xml/name.ts';
import { readXml, type XmlElement } from '../../../src/xml/reader.ts';
import { answer, envelope, type Script, types } from './scripted.ts';

/** How it answers what it does not know, or is told not to know. */
export type Ignorance = 'code' | 'fault' | 'fault-200' | 'http-501' | 'http-500';

export interface LaconicOptions {
  readonly ignorance?: Ignorance;
  readonly ignores?: readonly string[];
  readonly withoutChangeKeys?: true;
  /** Of all that is found, whatever was asked for. */
  readonly withoutSearch?: true;
  /** It knows no restriction on folders. */
  readonly onlyAllFolders?: true;
  /** What it does not keep of an item. */
  readonly drops?: RegExp;
  /** The only properties that it lets be set later; none can be deleted. Anything else refuses the whole change. */
  readonly changesOnly?: RegExp;
  /** No word about whether there is more. */
  readonly withoutPaging?: true;
  /** Instead of `m` and `t`. */
  readonly prefixes?: readonly [string, string];
}

interface Item {
  readonly id: string;
  version: number;
  readonly fields: Map<string, DocumentElement>;
}

type Answers = Readonly<Record<string, (request: XmlElement) => string>>;

export class LaconicServer {
  readonly items: Map<string, Item> = new Map();
  readonly asked: string[] = [];
  private readonly log: { readonly kind: 'Create' | 'Update' | 'Delete'; readonly id: string }[] = [];
  private readonly options: LaconicOptions;
  private readonly folder =
    '<t:CalendarFolder><t:FolderId Id="calendar"/><t:DisplayName>Calendar</t:DisplayName></t:CalendarFolder>';

  constructor(options: LaconicOptions = {}) {
    this.options = options;
  }

  readonly script: Script = ({ operation, body }, response) => {
    this.asked.push(operation);
    const answers = this.options.ignores?.includes(operation) === true ? undefined : this.answers[operation];
    const [request] = childOf(readXml(Buffer.from(body), limits), 'Body')?.children ?? [];
    const [status, text] =
      answers && request
        ? ([200, answers(request)] as const)
        : unknown(this.options.ignorance ?? 'code', operation);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(this.named(text));
  };

  /** As its people see it. */
  titles(): readonly string[] {
    return [...this.items.values()].map(({ fields }) => textOf(fields.get('Subject'))).sort();
  }

  /** Somebody there makes an entry, or gives it another title. */
  write(id: string, title: string): void {
    const item = this.items.get(id);
    const fields = item?.fields ?? new Map<string, DocumentElement>();
    const day = '2026-03-27T';
    const given = item
      ? { Subject: title }
      : { Subject: title, Start: `${day}09:00:00Z`, End: `${day}10:00:00Z` };
    for (const [name, text] of Object.entries(given))
      fields.set(name, { name: xmlName(types, name), content: [text] });
    if (item) item.version += 1;
    else this.items.set(id, { id, version: 1, fields });
    this.log.push({ kind: item ? 'Update' : 'Create', id });
  }

  remove(id: string): boolean {
    this.log.push({ kind: 'Delete', id });
    return this.items.delete(id);
  }

  private readonly answers: Answers = {
    GetFolder: () => answer('GetFolder', `<m:Folders>${this.folder}</m:Folders>`),
    FindFolder: (request) =>
      this.options.onlyAllFolders && childOf(request, 'Restriction')
        ? answer('FindFolder', { code: 'ErrorInvalidRestriction' })
        : answer(
            'FindFolder',
            `<m:RootFolder${this.paging()}><t:Folders>${this.folder}<t:Folder><t:FolderId Id="inbox"/><t:DisplayName>Inbox</t:DisplayName></t:Folder><t:TasksFolder><t:FolderId Id="tasks"/></t:TasksFolder></t:Folders></m:RootFolder>`,
          ),
    FindItem: (request) => {
      const constants = descendants(request, 'Constant').map((each) => attribute(each, 'Value'));
      const isFound = (item: Item): boolean =>
        this.options.withoutSearch === true ||
        constants.length === 0 ||
        constants.some((each) => this.told(item).includes(`>${each}<`));
      const found = [...this.items.values()].filter(isFound).map((item) => this.told(item));
      return answer(
        'FindItem',
        `<m:RootFolder${this.paging()}><t:Items>${found.join('')}</t:Items></m:RootFolder>`,
      );
    },
    SyncFolderItems: (request) => {
      const since = Number(childOf(request, 'SyncState')?.text ?? 0);
      const kinds = new Map(this.log.slice(since).map(({ kind, id }) => [id, kind] as const));
      const isNew = (id: string): boolean =>
        this.log.slice(since).some((entry) => entry.id === id && entry.kind === 'Create');
      const changes = [...kinds].flatMap(([id, kind]) => {
        const item = this.items.get(id);
        if (item === undefined) return isNew(id) ? [] : [`<t:Delete><t:ItemId Id="${id}"/></t:Delete>`];
        const as = isNew(id) ? 'Create' : kind;
        return [`<t:${as}><t:CalendarItem>${this.idOf(item)}</t:CalendarItem></t:${as}>`];
      });
      const last = this.options.withoutPaging
        ? ''
        : '<m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>';
      return answer(
        'SyncFolderItems',
        `<m:SyncState>${this.log.length}</m:SyncState>${last}<m:Changes>${changes.join('')}</m:Changes>`,
      );
    },
    GetItem: (request) => this.each('GetItem', descendants(request, 'ItemId'), (item) => this.told(item)),
    CreateItem: (request) =>
      answer(
        'CreateItem',
        ...(childOf(request, 'Items')?.children ?? []).map((given) => {
          const id = `made-${this.log.length}`;
          const item = { id, version: 1, fields: new Map<string, DocumentElement>() };
          this.keep(item, given.children);
          this.items.set(id, item);
          this.log.push({ kind: 'Create', id });
          return `<m:Items><t:CalendarItem>${this.idOf(item)}</t:CalendarItem></m:Items>`;
        }),
      ),
    UpdateItem: (request) =>
      this.each('UpdateItem', descendants(request, 'ItemChange'), (item, change) => {
        const updates = childOf(change, 'Updates')?.children ?? [];
        const isTaken = ({ name, children: [path] }: XmlElement): boolean =>
          localNameOf(name) === 'SetItemField' &&
          path !== undefined &&
          this.options.changesOnly?.test(keyOf(path)) === true;
        if (this.options.changesOnly && !updates.every(isTaken)) return { code: 'ErrorInvalidPropertySet' };
        for (const { name, children } of updates) {
          const [path, carrier] = children;
          if (path === undefined) continue;
          if (localNameOf(name) === 'DeleteItemField') item.fields.delete(keyOf(path));
          this.keep(item, carrier?.children ?? []);
        }
        item.version += 1;
        this.log.push({ kind: 'Update', id: item.id });
        return `<t:CalendarItem>${this.idOf(item)}</t:CalendarItem>`;
      }),
    DeleteItem: (request) =>
      this.each('DeleteItem', descendants(request, 'ItemId'), ({ id }) => {
        this.remove(id);
        return '';
      }),
  };

  private each(
    operation: string,
    targets: readonly XmlElement[],
    tell: (item: Item, target: XmlElement) => string | { readonly code: string },
  ): string {
    return answer(
      operation,
      ...targets.map((target) => {
        const [named = target] = descendants(target, 'ItemId');
        const item = this.items.get(attribute(named, 'Id'));
        const told = item ? tell(item, target) : { code: 'ErrorItemNotFound' };
        return typeof told === 'string' ? `<m:Items>${told}</m:Items>` : told;
      }),
    );
  }

  private keep(item: Item, fields: readonly XmlElement[]): void {
    for (const field of fields)
      if (this.options.drops?.test(localNameOf(field.name)) !== true)
        item.fields.set(keyOf(field), plain(field));
  }

  private idOf({ id, version }: Item): string {
    return `<t:ItemId Id="${id}"${this.options.withoutChangeKeys ? '' : ` ChangeKey="${version}"`}/>`;
  }

  private told(item: Item): string {
    const fields = [...item.fields.values()].map((field) =>
      xmlDocument(field, { prefixes: { [types]: 't' } }).replace(/^<\?xml[^>]*>/, ''),
    );
    return `<t:CalendarItem>${this.idOf(item)}${fields.join('')}</t:CalendarItem>`;
  }

  private paging(): string {
    return this.options.withoutPaging ? '' : ' IncludesLastItemInRange="true"';
  }

  private named(text: string): string {
    const [m, t] = this.options.prefixes ?? ['m', 't'];
    return text.replaceAll(/(<\/?|xmlns:)m\b/g, `$1${m}`).replaceAll(/(<\/?|xmlns:)t\b/g, `$1${t}`);
  }
}

const limits = { maxXmlBytes: 1024 * 1024, maxXmlDepth: 64, maxXmlElements: 20_000 };

function unknown(how: Ignorance, operation: string): readonly [number, string] {
  const fault = envelope(
    `<s:Fault><faultcode>s:Client</faultcode><faultstring>Unknown operation ${operation}</faultstring></s:Fault>`,
  );
  const answers: Readonly<Record<Ignorance, readonly [number, string]>> = {
    code: [200, answer(operation, { code: 'ErrorInvalidOperation' })],
    fault: [500, fault],
    'fault-200': [200, fault],
    'http-501': [501, 'not implemented'],
    'http-500': [500, ''],
  };
  return answers[how];
}

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => localNameOf(child.name) === name);
}

function descendants(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) =>
    localNameOf(child.name) === name ? [child] : descendants(child, name),
  );
}

function attribute(element: XmlElement, name: string): string {
  return element.attributes.get(xmlName('', name)) ?? '';
}

/** Of a field, or of the path to it. */
function keyOf(field: XmlElement): string {
  const local = localNameOf(field.name);
  if (local === 'FieldURI') return attribute(field, 'FieldURI').replace(/^.*:/, '');
  const [path = field] = local === 'ExtendedProperty' ? descendants(field, 'ExtendedFieldURI') : [field];
  return local.startsWith('Extended') ? JSON.stringify([...path.attributes]) : local;
}

function plain({ name, attributes, content }: XmlElement): DocumentElement {
  return {
    name,
    attributes: Object.fromEntries([...attributes].map(([key, value]) => [localNameOf(key), value])),
    content: content.map((part) => (typeof part === 'string' ? part : plain(part))),
  };
}

function textOf(field: DocumentElement | undefined): string {
  return field?.content?.filter((part) => typeof part === 'string').join('') ?? '';
}
