/* SPDX-License-Identifier: MIT */
/*
 * t_tree.c - kernel/base/tree: random insertions and removals against a sorted
 * array, with the tree's invariants looked at after each.
 */
#include <stdlib.h>
#include <string.h>

#include "fires.h"
#include "kernel/base/tree.h"
#include "tests/guest/tap.h"

#define KEYS   400
#define ROUNDS 20000

struct item {
    struct tree_node node;
    unsigned key;
    unsigned order; /* when it was inserted */
    size_t below;   /* summary: elements in the subtree */
};

static struct item items[KEYS];
static struct item *sorted[KEYS];
static size_t count;
static const char *wrong;

#define item_of(n) tree_element(n, struct item, node)

static bool
item_less(const struct tree_node *a, const struct tree_node *b)
{
    return item_of(a)->key < item_of(b)->key;
}

static size_t
below(const struct tree_node *node)
{
    return node == NULL ? 0 : item_of(node)->below;
}

static void
item_update(struct tree_node *node)
{
    item_of(node)->below = 1 + below(node->left) + below(node->right);
}

static void
expect(bool holds, const char *what)
{
    if (!holds && wrong == NULL)
        wrong = what;
}

/* Checks a subtree; returns its height. */
static unsigned
check_subtree(const struct tree_node *node, const struct tree_node *parent)
{
    unsigned left, right;

    if (node == NULL)
        return 0;
    expect(node->parent == parent, "parent link");
    left = check_subtree(node->left, node);
    right = check_subtree(node->right, node);
    expect(left <= right + 1 && right <= left + 1, "heights differ");
    expect(node->height == 1 + (left > right ? left : right), "wrong height");
    expect(item_of(node)->below == 1 + below(node->left) + below(node->right),
           "summary is stale");
    return node->height;
}

static void
check_order(const struct tree *tree)
{
    struct tree_node *node = tree_first(tree);

    for (size_t i = 0; i < count; i++, node = tree_next(node)) {
        if (node == NULL || item_of(node) != sorted[i]) {
            expect(false, "order");
            return;
        }
    }
    expect(node == NULL, "too many elements");
}

static void
check(const struct tree *tree)
{
    expect(below(tree->root) == count, "count");
    check_subtree(tree->root, NULL);
    check_order(tree);
}

static void
array_insert(struct item *item)
{
    size_t i = count++;

    for (; i > 0 && sorted[i - 1]->key > item->key; i--)
        sorted[i] = sorted[i - 1];
    sorted[i] = item;
}

static void
array_remove(size_t at)
{
    memmove(&sorted[at], &sorted[at + 1], (count - at - 1) * sizeof(sorted[0]));
    count--;
}

/* Inserts or removes at random, with more insertions while `growing`. */
static void
churn(struct tree *tree, bool growing, unsigned key_range)
{
    static struct item *unused[KEYS];
    size_t unused_count = KEYS;

    for (size_t i = 0; i < KEYS; i++)
        unused[i] = &items[i];
    for (unsigned round = 0; round < ROUNDS && wrong == NULL; round++) {
        bool insert = (rand() % 100) < (growing ? 60 : 45);

        if (insert && unused_count > 0) {
            struct item *item = unused[--unused_count];

            item->key = (unsigned)rand() % key_range;
            item->order = round;
            tree_insert(tree, &item->node, item_less);
            array_insert(item);
        } else if (!insert && count > 0) {
            size_t at = (size_t)rand() % count;
            struct item *item = sorted[at];

            tree_remove(tree, &item->node);
            array_remove(at);
            unused[unused_count++] = item;
        }
        check(tree);
    }
    while (count > 0) {
        tree_remove(tree, &sorted[count / 2]->node);
        array_remove(count / 2);
        check(tree);
    }
}

/* Takes a whole tree apart: each node comes once. */
static void
dismantle(struct tree *tree)
{
    struct tree_node *node;
    bool seen[KEYS] = { false };

    for (size_t i = 0; i < KEYS; i++) {
        items[i].key = (unsigned)rand();
        tree_insert(tree, &items[i].node, item_less);
    }
    while ((node = tree_dismantle(tree)) != NULL) {
        size_t index = (size_t)(item_of(node) - items);

        expect(!seen[index], "a node came twice");
        seen[index] = true;
        count++;
    }
    expect(count == KEYS, "a node did not come");
    expect(tree->root == NULL, "something is left");
    count = 0;
}

/* Whether all was as expected since the last call */
static bool
sound(void)
{
    bool holds = wrong == NULL;

    if (!holds)
        note("%s", wrong);
    wrong = NULL;
    return holds;
}

TEST(tree)
{
    struct tree tree = { NULL, item_update };

    check(&tree);
    expect(tree_first(&tree) == NULL, "first");
    ok(sound(), "tree: an empty tree has no first");
    churn(&tree, true, 1000000);
    ok(sound(), "tree: distinct keys stay ordered and balanced while it grows");
    churn(&tree, false, 1000000);
    ok(sound(), "tree: stays balanced while it is mostly small");
    churn(&tree, true, 7);
    ok(sound(), "tree: equal keys keep the order of insertion");
    dismantle(&tree);
    ok(sound(), "tree: taken apart, it gives every node once");
}

/* ---- what the tree itself looks at */

#define NODES 15

static struct tree perfect = { NULL, item_update };

/*
 *            16
 *       8          24
 *     4   12    20    28
 *    2 6 10 14 18 22 26 30
 */
static struct item *
build(unsigned key)
{
    static const unsigned keys[NODES] = { 16, 8,  24, 4,  12, 20, 28, 2,
                                          6,  10, 14, 18, 22, 26, 30 };
    struct item *found = NULL;

    perfect.root = NULL;
    for (size_t i = 0; i < NODES; i++) {
        items[i].key = keys[i];
        tree_insert(&perfect, &items[i].node, item_less);
        if (keys[i] == key)
            found = &items[i];
    }
    return found;
}

/* Goes down the left side, and back up. */
static void
insert_lowest(void)
{
    items[NODES].key = 1;
    tree_insert(&perfect, &items[NODES].node, item_less);
}

TEST(broken)
{
    build(24)->node.height++;
    ok(fires(insert_lowest, "is_balanced(node->right)"),
       "B1: a node on the way's side is too high");
    build(24)->node.left = NULL;
    ok(fires(insert_lowest, "is_balanced(node->right)"),
       "B2: a subtree has nothing on one side, two levels on the other");
    build(24)->key = 15;
    ok(fires(insert_lowest, "!less(parent->right, parent)"),
       "B3: a node is less than one before it");
    build(8)->key = 17;
    ok(fires(insert_lowest, "!less(parent, parent->left)"),
       "... or one behind it is");
    (void)build(0);
    insert_lowest();
    ok(perfect.root->height == 5, "tree: nothing fires where all is well");
}
