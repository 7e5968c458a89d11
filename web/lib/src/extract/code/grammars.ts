/**
 * The grammars that are known, by the names that files and fences give them, and what defines something in each of them.
 *
 * The parsers are Lezer's: they recover from errors, so that a piece of a file, a file with a slip or one of a newer version of
 * its language is read as far as it goes.
 */
import type { SyntaxNode } from '@lezer/common';
import { parser as cpp } from '@lezer/cpp';
import { parser as go } from '@lezer/go';
import { parser as java } from '@lezer/java';
import { parser as javascript } from '@lezer/javascript';
import type { LRParser } from '@lezer/lr';
import { parser as php } from '@lezer/php';
import { parser as python } from '@lezer/python';
import { parser as rust } from '@lezer/rust';
import type { Language } from './languages.js';

export interface Grammar {
  parser: LRParser;
  /** A node that defines something, and those of its children of which the first names it. */
  definitions: Record<string, string[]>;
  /** Definitions that count only with a child of these kinds: a variable that holds a function, a class with a body. */
  only?: Record<string, RegExp>;
  /** Names that are put together; undefined: by `definitions`. */
  name?: (node: SyntaxNode, text: string) => string | undefined;
}

const each = (kinds: string, ...names: string[]): Record<string, string[]> =>
  Object.fromEntries(kinds.split(' ').map((kind) => [kind, names]));

const HOLDS_FUNCTION = /^(ArrowFunction|FunctionExpression|ClassExpression|Block)$/;

function ofScript(dialect: string): Grammar {
  return {
    parser: javascript.configure({ dialect }),
    definitions: {
      ...each('FunctionDeclaration ClassDeclaration NamespaceDeclaration VariableDeclaration', 'VariableDefinition'),
      ...each('InterfaceDeclaration TypeAliasDeclaration EnumDeclaration', 'TypeDefinition'),
      ...each('MethodDeclaration PropertyDeclaration Property', 'PropertyDefinition', 'PrivatePropertyDefinition'),
      ...each('AssignmentExpression', 'MemberExpression'),
      CallExpression: [],
    },
    only: {
      VariableDeclaration: HOLDS_FUNCTION,
      PropertyDeclaration: HOLDS_FUNCTION,
      Property: HOLDS_FUNCTION,
      AssignmentExpression: HOLDS_FUNCTION,
    },
    name: (node, text) => (node.name === 'CallExpression' ? testOf(node, text) : undefined),
  };
}

const C: Grammar = {
  parser: cpp,
  definitions: {
    ...each(
      'FunctionDefinition',
      'Identifier',
      'FieldIdentifier',
      'ScopedIdentifier',
      'OperatorName',
      'DestructorName',
    ),
    ...each('ClassSpecifier StructSpecifier UnionSpecifier EnumSpecifier', 'TypeIdentifier', 'TemplateType'),
    ...each('NamespaceDefinition', 'Identifier'),
  },
  only: {
    ClassSpecifier: /^FieldDeclarationList$/,
    StructSpecifier: /^FieldDeclarationList$/,
    UnionSpecifier: /^FieldDeclarationList$/,
    EnumSpecifier: /^EnumeratorList$/,
  },
  name: (node, text) =>
    node.name === 'NamespaceDefinition'
      ? node
          .getChildren('Identifier')
          .map((part) => textOf(part, text))
          .join('::')
      : undefined,
};

const GRAMMARS: Record<Language, () => Grammar> = {
  javascript: () => ofScript('jsx'),
  typescript: () => ofScript('ts'),
  tsx: () => ofScript('ts jsx'),
  cpp: () => C,
  python: () => ({
    parser: python,
    definitions: each('FunctionDefinition ClassDefinition', 'VariableName'),
  }),
  java: () => ({
    parser: java,
    definitions: each(
      'ClassDeclaration InterfaceDeclaration RecordDeclaration EnumDeclaration AnnotationTypeDeclaration MethodDeclaration ' +
        'ConstructorDeclaration CompactConstructorDeclaration',
      'Definition',
    ),
  }),
  rust: () => ({
    parser: rust,
    definitions: {
      ...each('FunctionItem ModItem', 'BoundIdentifier'),
      ...each('StructItem EnumItem UnionItem TraitItem TypeItem', 'TypeIdentifier'),
      ...each('MacroDefinition', 'Identifier'),
      ImplItem: [],
    },
    name: (node, text) => (node.name === 'ImplItem' ? implementation(node, text) : undefined),
  }),
  go: () => ({
    parser: go,
    definitions: { ...each('FunctionDecl TypeSpec', 'DefName'), ...each('MethodDecl', 'FieldName') },
    name: (node, text) => (node.name === 'MethodDecl' ? methodOfReceiver(node, text) : undefined),
  }),
  php: () => ({
    parser: php,
    definitions: each(
      'FunctionDefinition ClassDeclaration InterfaceDeclaration TraitDeclaration EnumDeclaration MethodDeclaration',
      'Name',
    ),
  }),
};

/** Of PHP also what stands in no page, without the tags around it. */
export function grammarOf(language: Language, text: string): Grammar {
  const grammar = GRAMMARS[language]();
  if (language !== 'php' || text.includes('<?')) return grammar;
  return { ...grammar, parser: php.configure({ top: 'Program' }) };
}

/** "adds two" of `it('adds two', () => {`. */
function testOf(node: SyntaxNode, text: string): string {
  const { firstChild: callee, lastChild: list } = node;
  const title = list?.getChild('String') ?? list?.getChild('TemplateString');
  if (!title || !/^(describe|suite|test|it)\b/.test(textOf(callee, text).slice(0, 20))) return '';
  return list?.getChild('ArrowFunction') || list?.getChild('FunctionExpression')
    ? textOf(title, text).slice(1, -1)
    : '';
}

/** "Display for Point" of `impl<T> Display for Point<T> {`. */
function implementation(node: SyntaxNode, text: string): string {
  const from = node.getChild('TypeParamList')?.to ?? node.getChild('impl')?.to ?? node.from;
  return text.slice(from, node.getChild('DeclarationList')?.from ?? node.to);
}

/** "Server.Close" of `func (s *Server) Close() {`. */
function methodOfReceiver(node: SyntaxNode, text: string): string {
  const receiver = /([\p{L}_][\p{L}\d_]*)(\[[^\]]*\])?\s*\)$/u.exec(textOf(node.getChild('Parameters'), text))?.[1];
  return [receiver, textOf(node.getChild('FieldName'), text)].filter(Boolean).join('.');
}

/** What a node stands for; '' without one. */
export function textOf(node: SyntaxNode | null | undefined, text: string): string {
  return node ? text.slice(node.from, node.to) : '';
}
