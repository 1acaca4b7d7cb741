// Cuts GitHub's OpenAPI description down to the operations that Lessonbook uses, and of these to what a request may hold.
//
//   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-*.tgz
//   node tests/data/github/cut-openapi.mjs package/generated/api.github.com.json > tests/data/github/openapi.json
//
// Every reference is put in place, `nullable` becomes a type as JSON Schema knows it, and an object that lists its properties admits no
// others: a field that GitHub does not know is a mistake of ours, though GitHub would ignore it.
import { readFileSync } from 'node:fs';

const KEEP = `
GET /app
GET /app/installations
GET /app/installations/{installation_id}
POST /app/installations/{installation_id}/access_tokens
GET /installation/repositories
GET /meta
GET /orgs/{org}
GET /orgs/{org}/installation
GET /users/{username}/installation
GET /orgs/{org}/properties/values
GET /orgs/{org}/repos
GET /rate_limit
GET /repos/{owner}/{repo}
PATCH /repos/{owner}/{repo}
GET /repos/{owner}/{repo}/branches
GET /repos/{owner}/{repo}/branches/{branch}
GET /repos/{owner}/{repo}/branches/{branch}/protection
GET /repos/{owner}/{repo}/collaborators/{username}/permission
GET /repos/{owner}/{repo}/commits
GET /repos/{owner}/{repo}/commits/{ref}
GET /repos/{owner}/{repo}/compare/{basehead}
GET /repos/{owner}/{repo}/contents/{path}
PUT /repos/{owner}/{repo}/contents/{path}
POST /repos/{owner}/{repo}/git/blobs
GET /repos/{owner}/{repo}/git/blobs/{file_sha}
POST /repos/{owner}/{repo}/git/commits
GET /repos/{owner}/{repo}/git/commits/{commit_sha}
GET /repos/{owner}/{repo}/git/matching-refs/{ref}
GET /repos/{owner}/{repo}/git/ref/{ref}
POST /repos/{owner}/{repo}/git/refs
PATCH /repos/{owner}/{repo}/git/refs/{ref}
DELETE /repos/{owner}/{repo}/git/refs/{ref}
POST /repos/{owner}/{repo}/git/trees
GET /repos/{owner}/{repo}/git/trees/{tree_sha}
GET /repos/{owner}/{repo}/installation
GET /repos/{owner}/{repo}/issues
POST /repos/{owner}/{repo}/issues
GET /repos/{owner}/{repo}/issues/{issue_number}
PATCH /repos/{owner}/{repo}/issues/{issue_number}
POST /repos/{owner}/{repo}/issues/{issue_number}/assignees
GET /repos/{owner}/{repo}/issues/{issue_number}/comments
POST /repos/{owner}/{repo}/issues/{issue_number}/comments
PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}
DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}
GET /repos/{owner}/{repo}/issues/{issue_number}/labels
POST /repos/{owner}/{repo}/issues/{issue_number}/labels
DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}
GET /repos/{owner}/{repo}/properties/values
GET /repos/{owner}/{repo}/pulls
POST /repos/{owner}/{repo}/pulls
GET /repos/{owner}/{repo}/pulls/{pull_number}
PATCH /repos/{owner}/{repo}/pulls/{pull_number}
GET /repos/{owner}/{repo}/pulls/{pull_number}/commits
GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers
POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers
GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews
GET /repos/{owner}/{repo}/rules/branches/{branch}
GET /repos/{owner}/{repo}/rulesets
GET /repos/{owner}/{repo}/rulesets/{ruleset_id}
GET /repos/{owner}/{repo}/topics
GET /user
GET /user/repos
GET /users/{username}
GET /users/{username}/repos
`.trim().split('\n').map((line) => line.split(' '));

const whole = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const NOISE = new Set(['description', 'example', 'examples', 'title', 'externalDocs', 'deprecated', 'readOnly', 'default']);

/** A schema with its references in place, without prose; `name` says that the keys of `node` are names of properties. */
function schema(node, names = false) {
  if (Array.isArray(node)) return node.map((each) => schema(each));
  if (node === null || typeof node !== 'object') return node;
  if (node.$ref) return schema(at(node.$ref));
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (!names && (NOISE.has(key) || key === 'nullable' || key.startsWith('x-'))) continue;
    out[key] = key === 'enum' || key === 'required' ? value : schema(value, key === 'properties' && !names);
  }
  if (!names && node.nullable && out.type) {
    out.type = [out.type, 'null'];
    if (out.enum) out.enum = [...out.enum, null];
  }
  if (!names && out.properties && out.additionalProperties === undefined) out.additionalProperties = false;
  return out;
}

function at(reference) {
  return reference.slice(2).split('/').reduce((node, key) => node[key.replaceAll('~1', '/')], whole);
}

const paths = {};
for (const [method, path] of KEEP) {
  const item = whole.paths[path];
  const operation = item?.[method.toLowerCase()];
  if (!operation) throw new Error(`GitHub has no ${method} ${path}`);
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
    .map((each) => (each.$ref ? at(each.$ref) : each))
    .map(({ name, in: where, required, schema: of }) => ({ name, in: where, required: required ?? false, schema: schema(of) }));
  const body = operation.requestBody;
  const content = body?.content?.['application/json'];
  (paths[path] ??= {})[method.toLowerCase()] = {
    operationId: operation.operationId,
    parameters,
    ...(content && { requestBody: { required: body.required ?? false, schema: schema(content.schema) } }),
  };
}
const { title, version } = whole.info;
process.stdout.write(`${JSON.stringify({ openapi: whole.openapi, info: { title, version }, paths }, null, 1)}\n`);
