/** Access control entries between XML and values (RFC 3744 §5.5, §8.1). */
import { Refusal } from '../core/refusal.ts';
import { dav } from '../xml/name.ts';
import { childOf, childrenOf, type XmlElement } from '../xml/reader.ts';
import type { XmlWriter } from '../xml/writer.ts';
import type { Ace, AcePrincipal } from './engine.ts';
import { DavError } from './error.ts';
import { type Privilege, privilegeName, privileges } from './privilege.ts';

/** Entries in the body of one ACL request: more than anybody writes by hand. */
const maxAces = 1000;

/** The entries in the body of an ACL request, in order. Refuses with the preconditions of RFC 3744 §8.1.1. */
export function parseAcl(body: XmlElement): readonly Ace[] {
  if (body.name !== dav('acl')) {
    throw new Refusal(
      'malformed-request',
      `the body of an ACL request begins with ${body.name}, not with DAV:acl`,
    );
  }
  const aces = body.children.filter(({ name }) => name === dav('ace'));
  if (aces.length > maxAces)
    throw aclError('limited-number-of-aces', `at most ${maxAces} entries can be set`);
  return aces.map(parseAce);
}

export function writeAce(writer: XmlWriter, { principal, grant, isProtected, inheritedFrom }: Ace): void {
  writer.element(dav('ace'), () => {
    writer.element(dav('principal'), () => writePrincipal(writer, principal));
    writer.element(dav('grant'), () => {
      for (const privilege of grant) {
        writer.element(dav('privilege'), () => writer.empty(privilegeName(privilege)));
      }
    });
    if (isProtected) writer.empty(dav('protected'));
    if (inheritedFrom !== undefined) {
      writer.element(dav('inherited'), () => writer.textElement(dav('href'), inheritedFrom));
    }
  });
}

export function aclError(precondition: string, sentence: string): DavError {
  return new DavError(403, sentence, { name: dav(precondition) });
}

function parseAce(element: XmlElement): Ace {
  if (childOf(element, dav('invert')) !== undefined) {
    throw aclError('no-invert', 'entries for everybody but somebody are not offered');
  }
  if (childOf(element, dav('deny')) !== undefined) {
    throw aclError('grant-only', 'entries can grant, not deny: what nobody grants is denied');
  }
  const principal = onlyOf(childrenOf(element, dav('principal')).flatMap(({ children }) => children));
  const grant = onlyOf(childrenOf(element, dav('grant')));
  if (principal === undefined || grant === undefined) {
    throw new Refusal('malformed-request', 'an ACE needs one principal and one grant');
  }
  const inheritedFrom = childOf(element, dav('inherited'))?.children[0]?.text.trim();
  return {
    principal: parsePrincipal(principal),
    grant: grant.children.filter(({ name }) => name === dav('privilege')).map(parsePrivilege),
    isProtected: childOf(element, dav('protected')) !== undefined,
    ...(inheritedFrom === undefined ? {} : { inheritedFrom }),
  };
}

/**
 * The only item. `undefined` if there are several: nobody can tell which was meant, and a right given by mistake is
 * worse than a refusal.
 */
function onlyOf<Item>(items: readonly Item[]): Item | undefined {
  return items.length === 1 ? items[0] : undefined;
}

function parsePrincipal(element: XmlElement): AcePrincipal {
  switch (element.name) {
    case dav('href'):
      return { is: 'href', href: element.text.trim() };
    case dav('all'):
      return { is: 'all' };
    case dav('authenticated'):
      return { is: 'authenticated' };
    case dav('unauthenticated'):
      return { is: 'unauthenticated' };
    case dav('self'):
      return { is: 'self' };
    case dav('property'): {
      const [property] = element.children;
      if (property !== undefined) return { is: 'property', property: property.name };
      throw new Refusal('malformed-request', 'a DAV:property in an ACE names no property');
    }
    default:
      throw aclError('recognized-principal', `${element.name} names no principal`);
  }
}

function parsePrivilege(element: XmlElement): Privilege {
  const wanted = onlyOf(element.children);
  const known = privileges.find((privilege) => privilegeName(privilege) === wanted?.name);
  if (known !== undefined) return known;
  throw aclError(
    'not-supported-privilege',
    wanted ? `there is no privilege ${wanted.name}` : 'a DAV:privilege holds the name of one',
  );
}

function writePrincipal(writer: XmlWriter, principal: AcePrincipal): void {
  if (principal.is === 'href') writer.textElement(dav('href'), principal.href);
  else if (principal.is === 'property')
    writer.element(dav('property'), () => writer.empty(principal.property));
  else writer.empty(dav(principal.is));
}
