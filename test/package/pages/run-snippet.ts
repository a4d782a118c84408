/** Runs TypeScript of a page, as a reader pastes it into an app. */
import { Stack } from 'aws-cdk-lib';
import ts from 'typescript';
import { pageOf } from './markdown';
import { read } from './repository';
import * as library from '../../../src';

/**
 * Runs the only snippet of a page that has a text.
 *
 * @param declared - what the snippet uses without a declaration, or declares with `declare const`
 */
export function runSnippet(
  page: string,
  text: string,
  declared: { readonly stack: Stack; readonly [name: string]: unknown },
): void {
  const found = pageOf(read(page)).fences.filter((fence) => fence.info.startsWith('ts') && fence.text.includes(text));
  if (found.length !== 1) throw new Error(`${page} has ${found.length} snippets with "${text}"`);
  const { outputText } = ts.transpileModule(found[0].text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  const load = (name: string): unknown => (name === 'cdk-access-key-rotation' ? library : jest.requireActual(name));
  new Function('require', 'exports', ...Object.keys(declared), outputText)(load, {}, ...Object.values(declared));
}
