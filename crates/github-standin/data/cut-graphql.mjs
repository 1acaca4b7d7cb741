// Cuts GitHub's GraphQL schema down to the types named below, and to the fields whose own types are among them.
//
//   npm pack @octokit/graphql-schema@15.26.1 && tar xzf octokit-graphql-schema-*.tgz && npm install --no-save graphql
//   node tests/data/github/cut-graphql.mjs package/schema.graphql > tests/data/github/schema.graphql
//
// Input types, enums and scalars come along where a kept field needs them. Descriptions go; nothing else is changed.
import { readFileSync } from 'node:fs';
import { Kind, parse, print, visit } from 'graphql';

// Objects, interfaces and unions; `null` keeps every field whose type is kept.
const KEEP = {
  Query: ['repository', 'organization', 'user', 'repositoryOwner', 'viewer', 'rateLimit', 'node', 'nodes'],
  Mutation: ['updateRefs', 'createCommitOnBranch', 'createRef', 'updateRef', 'deleteRef', 'addComment', 'createPullRequest',
    'closePullRequest', 'reopenPullRequest', 'updatePullRequest'],
  Repository: ['allowUpdateBranch', 'codeowners', 'createdAt', 'databaseId', 'defaultBranchRef', 'deleteBranchOnMerge', 'id', 'isArchived', 'isDisabled',
    'isEmpty', 'isFork', 'isLocked', 'isMirror', 'isPrivate', 'isTemplate', 'name', 'nameWithOwner', 'object', 'owner', 'parent', 'pullRequest', 'pullRequests',
    'pushedAt', 'ref', 'refs', 'repositoryTopics', 'sshUrl', 'updatedAt', 'url', 'viewerPermission', 'visibility', 'label', 'labels', 'issue', 'rulesets'],
  PullRequest: ['additions', 'assignees', 'author', 'autoMergeRequest', 'baseRef', 'baseRefName', 'baseRefOid', 'body', 'changedFiles', 'closed', 'closedAt', 'comments',
    'commits', 'createdAt', 'databaseId', 'files', 'headRef', 'headRefName', 'headRefOid', 'headRepository', 'headRepositoryOwner', 'id', 'isCrossRepository', 'isDraft',
    'isInMergeQueue', 'labels', 'locked', 'latestOpinionatedReviews', 'latestReviews', 'mergeCommit', 'mergeQueueEntry', 'mergeStateStatus', 'mergeable', 'merged', 'mergedAt',
    'mergedBy', 'number', 'permalink', 'repository', 'reviewDecision', 'reviewRequests', 'reviews', 'state', 'timelineItems', 'title', 'totalCommentsCount',
    'updatedAt', 'url', 'viewerDidAuthor'],
  Issue: ['author', 'body', 'closed', 'closedAt', 'comments', 'createdAt', 'id', 'labels', 'number', 'state', 'title', 'url', 'updatedAt'],
  IssueComment: ['author', 'body', 'createdAt', 'databaseId', 'id', 'isMinimized', 'updatedAt', 'url', 'viewerDidAuthor'],
  Commit: ['abbreviatedOid', 'author', 'authoredDate', 'committedDate', 'committer', 'history', 'id', 'message', 'messageBody', 'messageHeadline', 'oid', 'parents',
    'tree', 'url', 'authors', 'file'],
  Tree: null, TreeEntry: ['extension', 'isGenerated', 'mode', 'name', 'object', 'oid', 'path', 'pathRaw', 'nameRaw', 'size', 'type', 'submodule'],
  Blob: null, Tag: ['id', 'name', 'oid', 'target', 'message'], GitObject: null, Ref: ['associatedPullRequests', 'compare', 'id', 'name', 'prefix', 'refUpdateRule', 'repository', 'target'], RefUpdateRule: null,
  Comparison: ['aheadBy', 'behindBy', 'status', 'id', 'commits'], ComparisonCommitConnection: null,
  GitActor: ['date', 'email', 'name', 'user'], GitActorConnection: null, GitActorEdge: null,
  Actor: null, Node: null, RepositoryOwner: ['avatarUrl', 'id', 'login', 'repositories', 'repository', 'url'],
  User: ['databaseId', 'email', 'id', 'login', 'name', 'repositories', 'repository', 'url', 'isViewer'],
  Bot: ['databaseId', 'id', 'login', 'url'], Mannequin: ['id', 'login', 'url'],
  Organization: ['databaseId', 'id', 'login', 'name', 'repositories', 'repository', 'url', 'viewerIsAMember', 'viewerCanAdminister'],
  RepositoryConnection: ['edges', 'nodes', 'pageInfo', 'totalCount'], RepositoryEdge: null, PageInfo: null,
  RefConnection: null, RefEdge: null, PullRequestConnection: null, PullRequestEdge: null,
  LabelConnection: null, LabelEdge: null, Label: ['color', 'description', 'id', 'name', 'url'],
  UserConnection: ['nodes', 'edges', 'pageInfo', 'totalCount'], UserEdge: null,
  PullRequestChangedFileConnection: null, PullRequestChangedFileEdge: null, PullRequestChangedFile: ['additions', 'deletions', 'changeType', 'path'],
  ReviewRequestConnection: null, ReviewRequestEdge: null, ReviewRequest: ['id', 'requestedReviewer', 'asCodeOwner'], RequestedReviewer: null,
  Team: ['id', 'name', 'slug'],
  PullRequestCommitConnection: null, PullRequestCommitEdge: null, PullRequestCommit: ['commit', 'id', 'url'],
  CommitHistoryConnection: null, CommitConnection: null, CommitEdge: null,
  IssueCommentConnection: null, IssueCommentEdge: null,
  PullRequestReviewConnection: null, PullRequestReviewEdge: null, PullRequestReview: ['author', 'body', 'commit', 'createdAt', 'id', 'state', 'submittedAt'],
  PullRequestTimelineItemsConnection: null, PullRequestTimelineItemsEdge: null, PullRequestTimelineItems: null,
  ClosedEvent: ['actor', 'createdAt', 'id'], ReopenedEvent: ['actor', 'createdAt', 'id'], MergedEvent: ['actor', 'createdAt', 'id', 'mergeRefName'],
  HeadRefForcePushedEvent: ['actor', 'createdAt', 'id', 'afterCommit', 'beforeCommit'], HeadRefDeletedEvent: ['actor', 'createdAt', 'id', 'headRefName'],
  HeadRefRestoredEvent: ['actor', 'createdAt', 'id'], BaseRefChangedEvent: ['actor', 'createdAt', 'id', 'currentRefName', 'previousRefName'],
  LabeledEvent: ['actor', 'createdAt', 'id', 'label'], UnlabeledEvent: ['actor', 'createdAt', 'id', 'label'],
  AutoMergeRequest: ['enabledAt', 'enabledBy', 'mergeMethod'], MergeQueueEntry: ['enqueuedAt', 'id', 'position', 'state'],
  RepositoryTopicConnection: null, RepositoryTopicEdge: null, RepositoryTopic: ['id', 'topic', 'url'], Topic: ['id', 'name'],
  RepositoryCodeowners: null, RateLimit: null,
  CreateCommitOnBranchPayload: null, UpdateRefsPayload: null, CreateRefPayload: null, UpdateRefPayload: null, DeleteRefPayload: null,
  AddCommentPayload: ['clientMutationId', 'commentEdge', 'subject'], CreatePullRequestPayload: null, ClosePullRequestPayload: null,
  ReopenPullRequestPayload: null, UpdatePullRequestPayload: null,
};

const document = parse(readFileSync(process.argv[2], 'utf8'), { noLocation: true });
const byName = new Map(document.definitions.filter((each) => each.name).map((each) => [each.name.value, each]));
for (const name of Object.keys(KEEP)) {
  if (!byName.has(name)) { process.stderr.write(`GitHub has no type ${name}\n`); delete KEEP[name]; }
}
const bare = (type) => (type.kind === Kind.NAMED_TYPE ? type.name.value : bare(type.type));
const isLeaf = (name) => {
  const kind = byName.get(name)?.kind;
  return kind === undefined || kind === Kind.ENUM_TYPE_DEFINITION || kind === Kind.SCALAR_TYPE_DEFINITION;
};
const needed = new Set();
const need = (name) => {
  const type = byName.get(name);
  if (!type || needed.has(name)) return;
  needed.add(name);
  for (const field of type.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ? type.fields : []) need(bare(field.type));
};

const kept = (type) => {
  const wanted = KEEP[type.name.value];
  for (const name of wanted ?? []) {
    if (!type.fields.some((field) => field.name.value === name)) process.stderr.write(`GitHub has no ${type.name.value}.${name}\n`);
  }
  const fields = type.fields?.filter((field) => {
    const of = bare(field.type);
    return (isLeaf(of) || of in KEEP) && (!wanted || wanted.includes(field.name.value));
  });
  for (const field of fields ?? []) {
    need(bare(field.type));
    for (const argument of field.arguments) need(bare(argument.type));
  }
  return {
    ...type,
    ...(fields && { fields }),
    ...(type.interfaces && { interfaces: type.interfaces.filter((each) => each.name.value in KEEP) }),
    ...(type.types && { types: type.types.filter((each) => each.name.value in KEEP) }),
  };
};
const composite = document.definitions.filter((each) => each.name?.value in KEEP && each.fields !== undefined || each.name?.value in KEEP && each.types).map(kept);
const names = new Set(composite.map((each) => each.name.value));
const leaves = document.definitions.filter((each) => needed.has(each.name?.value) && !names.has(each.name.value));
const definitions = [...composite, ...leaves].sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
// An interface asks its types for all of its fields; where a type's own list leaves one out, the type takes it back.
for (const type of definitions) {
  for (const { name } of type.interfaces ?? []) {
    const face = definitions.find((each) => each.name.value === name.value);
    for (const field of face.fields) {
      if (type.fields.some((each) => each.name.value === field.name.value)) continue;
      const own = byName.get(type.name.value).fields.find((each) => each.name.value === field.name.value);
      if (own) type.fields.push(own);
    }
  }
}
const known = new Set([...definitions.map((each) => each.name.value), 'String', 'Int', 'Boolean', 'Float', 'ID']);
for (const type of definitions) {
  for (const field of type.fields ?? []) {
    const lost = [bare(field.type), ...(field.arguments ?? []).map((each) => bare(each.type))].filter((each) => !known.has(each));
    if (lost.length) process.stderr.write(`${type.name.value}.${field.name.value} needs ${lost}\n`);
  }
}
const text = visit({ kind: Kind.DOCUMENT, definitions }, {
  enter(node) {
    const directives = node.directives?.filter((each) => each.name.value === 'deprecated');
    return { ...node, ...('description' in node && { description: undefined }), ...(directives && { directives }) };
  },
});
process.stdout.write(`${print(text)}\n`);
