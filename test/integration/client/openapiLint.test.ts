import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

test('docs/openapi.json is what the code says, and redocly finds nothing in it', async () => {
  const script = join(__dirname, '../../../scripts/openapi.ts');
  const run = promisify(execFile);
  await expect(run(process.execPath, [script, '--check'])).resolves.toMatchObject({
    stdout: 'docs/openapi.json is what the code says\n',
  });
  const { stderr } = await run(process.execPath, [script, '--lint']);
  expect(stderr).toContain('Your API description is valid');
  expect(stderr).not.toMatch(/warning/i);
});
