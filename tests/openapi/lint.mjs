// Redocly's rules over one document: lint.mjs TOOLS FILE. The configuration is redocly.yaml.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [tools, file] = process.argv.slice(2);
const { lint, loadConfig } = createRequire(`${tools}/`)('@redocly/openapi-core');
const configPath = fileURLToPath(new URL('redocly.yaml', import.meta.url));
const problems = await lint({ ref: file, config: await loadConfig({ configPath }) });
for (const { location: [{ source, pointer }], message, ruleId } of problems)
  console.log(`FAIL ${source.absoluteRef.split('/').pop()} ${pointer}: ${message} (${ruleId})`);
process.exitCode = problems.length > 0 ? 1 : 0;
